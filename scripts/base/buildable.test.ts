import t from 'tap';
import { cachePaths } from '../lib/paths.ts';
import { isBuildable, needBuildable, otherCache } from './buildable.ts';

t.test('paths that kbuild, vng or a tool between them cannot work with', async (t) => {
  const usable = ['/c', '/home/jürgen/.cache', '/a+b_c@d=1/~x'].map((home) => [home, true] as const);
  const refused = [
    '/my cache',
    '/a:b',
    '/a\tb',
    "/it's",
    '/a,b',
    '/a$b',
    '/a;b',
    '/a(1)',
    '/a#b',
    '/a%b',
    '/a&b',
    '/a"b',
  ];
  for (const [home, is] of [...usable, ...refused.map((path) => [path, false] as const)]) {
    const cache = cachePaths({ XDG_CACHE_HOME: home });
    t.equal(isBuildable(cache), is, home);
    if (is) needBuildable(cache);
    else
      t.throws(() => needBuildable(cache), {
        code: 'E_HOST_PATH',
        exitCode: 69,
        message: /with ".+" in its path/,
        next: /^export XDG_CACHE_HOME=\/\S+$/,
      });
  }
  t.equal(otherCache('/home/x'), 'export XDG_CACHE_HOME=/home/x/.cache');
  t.equal(otherCache('/home/x y'), 'export XDG_CACHE_HOME=/var/tmp/dtrace-bpf-cache');
});
