/** The page's only style sheet; colours never carry a verdict alone, the words do. */
export const STYLE = `
:root { color-scheme: light dark; --fg: #1a1d21; --bg: #fff; --soft: #5c6570; --line: #d9dee4; --head: #f4f6f8; --ok: #1a7a3c; --bad: #b3261e; --skip: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --fg: #e4e7ea; --bg: #15181b; --soft: #9aa4ae; --line: #333a41; --head: #1e2327; --ok: #57c785; --bad: #ff8a80; --skip: #e3b341; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--fg); background: var(--bg); }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 1rem 1.5rem; }
header { border-bottom: 4px solid var(--skip); }
header.pass { border-color: var(--ok); } header.fail { border-color: var(--bad); }
h1 { margin: .5rem 0 0; font-size: 1.5rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; } h4 { margin: .8rem 0 .3rem; }
.verdict { margin: 0; font-size: 2rem; font-weight: 700; }
.pass .verdict, .ok { color: var(--ok); } .fail .verdict, .bad { color: var(--bad); font-weight: 600; } .incomplete .verdict, .skip { color: var(--skip); }
.none, small, footer { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { background: var(--head); font-weight: 600; white-space: nowrap; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { margin: .4rem 0; padding: .6rem; overflow-x: auto; background: var(--head); border-left: 3px solid var(--bad); }
details { border-bottom: 1px solid var(--line); padding: .3rem 0; } summary { cursor: pointer; font-weight: 600; }
`;
