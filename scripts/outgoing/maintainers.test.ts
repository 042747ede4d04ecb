/** The tree's own script is asked, without settings of a person; that it cannot be is an error. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { git, write } from '../testing/project.ts';
import { apply, failure, withSeries } from '../testing/series.ts';
import { findRecipients } from './maintainers.ts';

t.test('a tree with the script, and trees without a usable one', async (t) => {
  const f = await withSeries('maintainers');
  const { HOME: home } = process.env;
  t.teardown(() => {
    process.env['HOME'] = home;
    f.remove();
  });
  const { base, head } = await apply(f);
  git(f.kernel, 'config', 'format.attach', 'mine');
  const applied = { base, head, worktree: f.kernel };
  const ask = async (without: string[] = []): ReturnType<typeof findRecipients> =>
    findRecipients(applied, without, new AbortController().signal);
  const script = (text: string): void => write(f.kernel, { 'scripts/get_maintainer.pl': text });
  t.match(await failure(ask()), {
    code: 'E_TREE',
    exitCode: 11,
    position: { file: join(f.kernel, 'scripts/get_maintainer.pl') },
  });
  script('die "MAINTAINERS is not there\\n";');
  t.match(await failure(ask()), { code: 'E_EXEC', detail: /MAINTAINERS is not there/ });

  // the real one reads options from there
  mkdirSync(join(f.dir, 'home'));
  process.env['HOME'] = join(f.dir, 'home');
  writeFileSync(join(f.dir, 'home/.get_maintainer.conf'), '--no-m\n');
  // says what it was given: its options, and the files of the patches
  script(
    'print qq{Ann <ann\\@x.org> (maintainer:@ARGV, @{[map { m|^[+]{3} b/(.*)| } <STDIN>]})\\n' +
      'x\\@x.org (open list:}, (-e qq{$ENV{HOME}/.get_maintainer.conf}) ? 1 : 0, qq{)\\n};',
  );
  t.match(await ask(), [
    {
      header: 'To',
      who: 'Ann <ann@x.org>',
      role: /^maintainer:--no-git .*, kernel\/core\.c kernel\/new\.c kernel\/core\.c$/,
    },
    { header: 'Cc', who: 'x@x.org', role: 'open list:0' },
  ]);
  t.match(await ask(['x@x.org']), { length: 1 });
  t.match(await failure(ask(['y@x.org'])), { code: 'E_USAGE', message: 'not among the recipients: y@x.org' });
  t.match(await failure(ask(['x@x.org', 'ann@x.org'])), { code: 'E_USAGE', message: 'there is no recipient left' });
});
