// Plain JavaScript, because it runs before any package is there: installs what package-lock.json
// asks for when node_modules does not hold it, then hands over to cli.ts in the same process.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const EXIT_HOST = 69;
const MINIMUM_NODE = [20, 19];
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * What `npm ci` may see of the shell's: where programs and the home directory are, and how the registry is reached.
 * The rest of what `npm run` hands on would change what is installed (`npm run test --dry-run`, NODE_ENV=production,
 * omit=dev).
 */
const NPM_SEES = new Set([
  ...['path', 'home', 'tmpdir', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['registry', 'cache', 'userconfig', 'cafile', 'proxy', 'https_proxy', 'noproxy'].map(
    (name) => `npm_config_${name}`,
  ),
  ...['node_extra_ca_certs', 'ssl_cert_file', 'ssl_cert_dir'],
]);

/**
 * What the TypeScript loader would go by: its own settings, and a TMPDIR. It makes a directory that is missing, and
 * dies of one in which it cannot write; lib/temporary.ts asks for more.
 */
function shieldLoader() {
  for (const name of Object.keys(process.env)) if (/^(?:TSX|ESBUILD)_/.test(name)) delete process.env[name];
  const { TMPDIR: path = '' } = process.env;
  try {
    if (isAbsolute(path)) return rmdirSync(mkdtempSync(join(path, 'dtrace-')));
  } catch {
    // nothing can be made there
  }
  delete process.env.TMPDIR;
}

function fail(message, next) {
  process.stderr.write(`${message}\nnext: ${next}\n`);
  process.exit(EXIT_HOST);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** npm writes node_modules/.package-lock.json last, so an installation that was killed has none. */
function missingPackages(wanted, installed) {
  if (installed === undefined) return ['all of them'];
  const have = installed.packages ?? {};
  return Object.entries(wanted.packages)
    .filter(([path, entry]) => {
      if (path === '' || entry.optional === true || entry.devOptional === true) return false;
      return have[path]?.version !== entry.version || have[path]?.integrity !== entry.integrity;
    })
    .map(([path]) => path.replace(/^node_modules\//, ''));
}

function stale() {
  const wanted = readJson(join(root, 'package-lock.json'));
  if (wanted === undefined) fail('package-lock.json is missing or not JSON', 'git checkout package-lock.json');
  return missingPackages(wanted, readJson(join(root, 'node_modules', '.package-lock.json')));
}

function install() {
  const missing = stale();
  if (missing.length === 0) return;
  process.stderr.write(
    `== npm packages: ${missing.length > 3 ? `${missing.length} are` : missing.join(', ')} missing or of ` +
      'another version\n$ npm ci\n',
  );
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => NPM_SEES.has(name.toLowerCase())));
  const child = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
  });
  if (child.status !== 0)
    fail(
      `npm ci failed${child.error === undefined ? '' : `: ${child.error.message}`}`,
      'look at the messages above, check the network, and run the command again',
    );
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor < MINIMUM_NODE[1])) {
  fail(
    `Node ${process.versions.node} is too old: ${MINIMUM_NODE.join('.')} or newer is needed`,
    'install a newer Node, then run the command again',
  );
}

process.umask(0o022);
shieldLoader();
if (process.argv[2] === '--install') {
  install();
} else {
  if (stale().length > 0) {
    // two first runs at once: the second waits in flock and then finds nothing to do
    mkdirSync(join(root, 'out'), { recursive: true });
    const self = [process.execPath, fileURLToPath(import.meta.url), '--install'];
    const child = spawnSync('flock', [join(root, 'out', 'npm.lock'), ...self], { stdio: 'inherit' });
    if (child.error !== undefined) install();
    else if (child.status !== 0) process.exit(child.status ?? EXIT_HOST);
  }
  const { register } = await import('tsx/esm/api');
  register();
  await import('./cli.ts');
}
