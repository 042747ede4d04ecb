/** The tree's own script is asked, without settings of a person; that it cannot be is an error. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeFixture, write } from '../testing/project.ts';
import { failure } from '../testing/series.ts';
import { findRecipients } from './maintainers.ts';

t.test('a tree with the script, and trees without a usable one', async (t) => {
  const f = makeFixture('maintainers');
  const { HOME: home } = process.env;
  t.teardown(() => {
    process.env['HOME'] = home;
    f.remove();
  });
  const ask = async (without: string[] = []): ReturnType<typeof findRecipients> =>
    findRecipients(f.kernel, [join(f.dir, 'a b.patch')], without, new AbortController().signal);
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
  script(
    'print qq{Ann <ann\\@x.org> (maintainer:@ARGV)\\nx\\@x.org (open list:}, (-e qq{$ENV{HOME}/.get_maintainer.conf}) ? 1 : 0, qq{)\\n};',
  );
  t.match(await ask(), [
    { header: 'To', who: 'Ann <ann@x.org>', role: /^maintainer:--no-git .*a b\.patch$/ },
    { header: 'Cc', who: 'x@x.org', role: 'open list:0' },
  ]);
  t.match(await ask(['x@x.org']), { length: 1 });
  t.match(await failure(ask(['y@x.org'])), { code: 'E_USAGE', message: 'not among the recipients: y@x.org' });
  t.match(await failure(ask(['x@x.org', 'ann@x.org'])), { code: 'E_USAGE', message: 'there is no recipient left' });
});
