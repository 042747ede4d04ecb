import t from 'tap';
import { cachePaths } from '../lib/paths.ts';
import { isBuildable, needBuildable, otherCache } from './buildable.ts';

t.test('paths that kbuild refuses', async (t) => {
  for (const [home, is] of [['/c', true], ['/my cache', false], ['/a:b', false], ['/a\tb', false], ["/it's", true]] as const) {
    const cache = cachePaths({ XDG_CACHE_HOME: home });
    t.equal(isBuildable(cache), is, home);
    if (is) needBuildable(cache);
    else t.throws(() => needBuildable(cache), { code: 'E_HOST_PATH', exitCode: 69, next: /^export XDG_CACHE_HOME=\/\S+$/ });
  }
  t.equal(otherCache('/home/x'), 'export XDG_CACHE_HOME=/home/x/.cache');
  t.equal(otherCache('/home/x y'), 'export XDG_CACHE_HOME=/var/tmp/dtrace-bpf-cache');
});
