import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { resolveBase } from '../base/resolve.ts';
import { loadManifest, loadSeries } from '../series/load.ts';
import { git, write } from '../testing/project.ts';
import { apply, failure, refresh } from '../testing/series.ts';
import { editManifest, NEWER_DONE, withTwoBases } from '../testing/two-bases.ts';
import { exportSeries } from './export.ts';
import { refreshWorktree } from './refresh.ts';
import { readVersion } from './version.ts';
import { silentLog } from '../lib/log.ts';

t.setTimeout(900_000);

t.test('a base does without the patches that say so, and everything else is as before', async (t) => {
  const f = await withTwoBases('except');
  t.teardown(f.remove);
  const manifest = join(f.project, 'patches/series.yaml');
  editManifest(f, (text) => `${text.trimEnd()}\n    except: [v7.3]\n`);
  const told = readFileSync(manifest, 'utf8');

  const there = await apply(f, {}, { tree: f.newer });
  t.match(there, { base: { name: 'v7.3' }, commits: [{ id: '01' }, { id: '02' }] });
  t.equal(there.commits.length, 2, 'the third would not fit');
  t.match(await apply(f), { commits: { length: 3 } }, 'the primary base has them all');

  const mails = await exportSeries(f.project, loadSeries(f.project), there, join(f.dir, 'mails'));
  t.match(mails.subjects, [/ 0\/2\]/, / 1\/2\]/, / 2\/2\]/]);
  const version = await readVersion(f.project, join(f.project, 'patches'), silentLog, 'v7.3');
  t.equal(version.patches.length, 2);

  const refreshNewer = async (): Promise<unknown> => {
    const base = await resolveBase(loadManifest(f.project).data, { tree: f.newer, applied: true }, f.context);
    return refreshWorktree(f.project, base, f.context, { adopt: false, dryRun: false });
  };
  t.match(await refreshNewer(), { written: { length: 0 }, removed: { length: 0 }, patches: { length: 2 } });
  t.match(await refresh(f), { written: { length: 0 } });
  t.equal(readFileSync(manifest, 'utf8'), told);

  const [, , third] = loadSeries(f.project).patches;
  write(there.worktree, { 'kernel/core.c': NEWER_DONE });
  git(there.worktree, 'commit', '-q', '-a', '-m', `${third?.subject}\n\n${third?.body}`);
  const code = 'REFRESH_EXCEPT';
  t.match(await failure(refreshNewer()), { code: 'E_REFRESH', problems: [{ code, message: /without/ }] });

  mkdirSync(join(f.project, 'patches/v7.3'));
  writeFileSync(join(f.project, 'patches/v7.3/0003.diff'), third?.diff ?? '');
  const position = { file: 'patches/v7.3/0003.diff' };
  t.throws(() => loadSeries(f.project), { code: 'E_PATCH_FORMAT', problems: [{ code: 'OVERLAY_EXCEPT', position }] });
  rmSync(join(f.project, 'patches/v7.3'), { recursive: true });
});
