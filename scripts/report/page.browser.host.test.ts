/** The page in a real browser: light and dark, wide and narrow, with the keyboard alone. Installs Debian's Chromium. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { toFragment } from '../bench/results.ts';
import { readResults } from '../bench/store.ts';
import { ensureTools } from '../host/install.ts';
import { NEEDS } from '../host/needs.ts';
import { findNeed } from '../host/tools.ts';
import { silentLog } from '../lib/log.ts';
import { cachePaths } from '../lib/paths.ts';
import type { SelftestRecord } from '../records/selftest.ts';
import { bisectRecord, builtPatch, checkedPatch, checkRecord, failureRecord } from '../testing/records.ts';
import { green, records, suite } from '../testing/report.ts';
import { diffPage } from './diff-page.ts';
import { formatHtml } from './html.ts';
import { assemble } from './model.ts';

const NARROW = 400;
const WIDE = 1280;
const HEIGHT = 900;
/** Of a browser that gets what a build of a kernel leaves. */
const PATIENCE_MS = 300_000;
const VIEWS = [WIDE, NARROW].flatMap((width) => [[width, 'light'] as const, [width, 'dark'] as const]);
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Levels A and AA, which include contrast. */
const RULES = JSON.stringify({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });

const dir = mkdtempSync(join(tmpdir(), 'page-'));
await ensureTools('browser', { cache: cachePaths(), log: silentLog, logFile: (step) => join(dir, `${step}.log`) });
const browser = await chromium.launch({
  executablePath: findNeed(NEEDS.browser[0], {}) ?? 'chromium',
  timeout: PATIENCE_MS,
});
t.teardown(async () => {
  await browser.close();
  rmSync(dir, { recursive: true });
});

/** Everything that a page can have. */
function everything(): Map<string, unknown> {
  const head = 'd'.repeat(40);
  const finding = { check: 'checkpatch', type: 'LONG_LINE', message: 'x'.repeat(300), line: 7 };
  const input = records()
    .set('unit', suite('unit', 'adds'))
    .set('types', suite('types'))
    .set('failure.kasan', failureRecord({ config: 'kasan', message: `/a/${'long'.repeat(80)}.c` }))
    .set('check', checkRecord({ head, ok: false, patches: [checkedPatch('01', { findings: [finding] })] }))
    .set('bisect', bisectRecord([], { head, patches: [builtPatch('01', ['DTRACE=y', 'DTRACE=n'])] }))
    .set('fuzz', {
      stage: 'fuzz',
      tables: [
        {
          title: 'Programs',
          note: 'One seed.',
          columns: ['runs', 'differ'],
          rows: [{ label: 'jit', cells: ['9', '0'] }],
        },
      ],
    });
  const record = input.get('selftest.default') as SelftestRecord;
  const [topic] = record.topics;
  const matrix = {
    ...topic,
    topic: 'tail-call-matrix',
    tests: [{ ...topic?.tests[0], name: 'all', status: 'passed' }],
  };
  return input.set('selftest.default', { ...record, topics: [...record.topics, matrix] });
}

const results = readResults(join(import.meta.dirname, '../..'));
const PAGES = { green: green(), red: records(), everything: everything(), nothing: new Map<string, unknown>() };

function write(name: keyof typeof PAGES): string {
  const path = join(dir, `${name}.html`);
  const bench = name === 'everything' && results !== undefined ? toFragment(results) : undefined;
  writeFileSync(path, formatHtml(assemble('20260102T030405-test-7', PAGES[name]), bench));
  return pathToFileURL(path).href;
}

/** Shows it to `work`, in which nothing else is fetched and nothing is said on the console. */
async function look(
  t: Test,
  url: string,
  view: { readonly width: number; readonly colorScheme?: 'light' | 'dark' },
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const { width, colorScheme = 'light' } = view;
  const page = await browser.newPage({ viewport: { width, height: HEIGHT }, colorScheme });
  page.setDefaultTimeout(PATIENCE_MS);
  const noise: string[] = [];
  page.on('console', (message) => noise.push(message.text()));
  page.on('pageerror', (error) => noise.push(String(error)));
  page.on('request', (request) => request.url() !== url && noise.push(request.url()));
  await page.goto(url);
  await work(page);
  t.strictSame(noise, []);
  await page.close();
}

const widthOf = (page: Page): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth');
const unfold = (page: Page): Promise<unknown> =>
  page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  const found = (await page.evaluate(`axe.run(document, ${RULES})`)) as { violations: readonly Violation[] };
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`),
  );
}

for (const name of Object.keys(PAGES) as (keyof typeof PAGES)[]) {
  t.test(`${name}: fits, can be read, and fetches nothing`, async (t) => {
    const url = write(name);
    for (const [width, colorScheme] of VIEWS) {
      await look(t, url, { width, colorScheme }, async (page) => {
        const said = `${colorScheme} ${width}`;
        t.equal(await widthOf(page), width, said);
        await unfold(page);
        t.equal(await widthOf(page), width, `${said}, all unfolded`);
        // the benchmarks are thousands of nodes, all of one kind
        await page.evaluate(
          "document.querySelectorAll('details table tr:nth-child(n+6)').forEach((one) => one.remove())",
        );
        t.strictSame(await violations(page), [], said);
      });
    }
  });
}

/** A subject as long as they may be, of words that no line has a place for. */
const LONG = `bpf: add ${'bpf_buffer_reserve_and_commit '.repeat(2)}and more`;

t.test('two versions: fits, nothing has to be scrolled sideways, and it fetches nothing', async (t) => {
  const side = { name: 'v1', kind: 'revision', label: 'v1', base: 'v7.3', patches: 1 } as const;
  const [old, is] = ['bpf: add it', LONG].map((subject) => ({ number: 10, subject }));
  const row = {
    word: 'message',
    message: true,
    old: old ?? null,
    new: is ?? null,
    text: `    -${LONG}\n    +x`,
  } as const;
  const path = join(dir, 'diff.html');
  const record = { stage: 'diff', old: side, new: side, rows: [row] } as const;
  writeFileSync(
    path,
    diffPage(record, { title: 'v1 against v2', summary: '1 message', remarks: () => ['was "bpf: add it"'] }),
  );
  for (const [width, colorScheme] of VIEWS)
    await look(t, pathToFileURL(path).href, { width, colorScheme }, async (page) => {
      t.equal(await widthOf(page), width);
      const hidden = "[...document.querySelectorAll('.scroll')].map((one) => one.scrollWidth - one.clientWidth)";
      t.strictSame(await page.evaluate(hidden), [0], `${width}`);
      t.strictSame(await violations(page), [], `${colorScheme} ${width}`);
    });
});

t.test('a page that is wrong is found to be', async (t) => {
  await look(t, write('red'), { width: NARROW }, async (page) => {
    await page.addStyleTag({ content: '.verdict { color: #eee !important; width: 900px; }' });
    t.ok(Number(await widthOf(page)) > NARROW);
    t.match((await violations(page)).join('\n'), /color-contrast: <p class="verdict">/);
  });
});

t.test('what is red, why, and the command are there without a click', async (t) => {
  await look(t, write('everything'), { width: NARROW }, async (page) => {
    const list = page.locator('#red li');
    t.equal(await list.count(), 4);
    const rows = [
      [/kasan/, /E_BUILD/, 'npm test -- --no-unit --config kasan'],
      [/debug: tail-call/, /the guest panicked/, 'npm test -- tail-call --config debug'],
      [/unit tests: scripts\/unit\.test\.ts/, /adds > sum/, 'npm run test:unit -- scripts/unit.test.ts'],
      [/patch 01: bpf: context casting/, /line 7/, 'npm run check -- 01'],
    ] as const;
    for (const [index, [where, why, again]] of rows.entries()) {
      const item = list.nth(index);
      t.match(await item.locator('h3').textContent(), where);
      t.match(await item.textContent(), why);
      t.equal(await item.locator('.again code').textContent(), again);
      t.ok(await item.locator('.again code').isVisible());
    }
  });
});

interface Focused {
  readonly text: string;
  readonly top: number;
  readonly visible: boolean;
  readonly outline: number;
}

const focused = (page: Page): Promise<Focused> =>
  page.evaluate(`(() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    return {
      text: (element.getAttribute('aria-label') ?? element.innerText).trim().slice(0, 60),
      top: box.top + scrollY,
      visible: box.width > 0 && box.left >= 0 && box.top < innerHeight && box.bottom > 0,
      outline: parseFloat(getComputedStyle(element).outlineWidth) || 0,
    };
  })()`);

t.test('the keyboard goes through the page from top to bottom, and is seen', async (t) => {
  await look(t, write('everything'), { width: NARROW }, async (page) => {
    const seen: Focused[] = [];
    for (;;) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate('document.activeElement === document.body')) === true) break;
      const now = await focused(page);
      seen.push(now);
      t.ok(now.visible && now.outline >= 2, `${now.text}: ${JSON.stringify(now)}`);
      if (seen.length > 500) break;
    }
    const texts = seen.map(({ text }) => text);
    t.strictSame(texts.slice(0, 2), ['Skip to what is red', 'Skip to the content']);
    for (const wanted of ['Patches', 'Tail calls', 'The committed results', 'Environment'])
      t.ok(texts.includes(wanted), `${wanted} in ${texts.join('; ')}`);
    const tops = seen.slice(2).map(({ top }) => top);
    t.strictSame(
      tops,
      [...tops].sort((a, b) => a - b),
    );
  });
});

t.test('links jump, and what is folded opens', async (t) => {
  await look(t, write('everything'), { width: WIDE }, async (page) => {
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    t.match(page.url(), /#red$/);
    t.equal(await page.evaluate('document.activeElement.id'), 'red');
    const folded = page.locator('#topic-tail-call-matrix');
    t.equal(await folded.isVisible(), false);
    await page.getByRole('link', { name: 'tail-call-matrix', exact: true }).focus();
    await page.keyboard.press('Enter');
    t.equal(await folded.isVisible(), true, 'a link to it opens it');
    await page.locator('summary', { hasText: 'The committed results' }).focus();
    await page.keyboard.press('Enter');
    t.ok(await page.locator('svg[role="img"]').nth(1).isVisible(), 'the first chart');
    await page.keyboard.press('Space');
    t.notOk(await page.locator('svg[role="img"]').nth(1).isVisible());
  });
});
