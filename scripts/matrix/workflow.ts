/** The cells for hosted CI, as files that the services read. Pure: equal cells, equal bytes. */
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { formatYaml } from '../lib/yaml.ts';
import type { Until } from '../records/cell.ts';

export const SERVICES = ['github', 'gitlab'] as const;
export type Service = (typeof SERVICES)[number];

/** Where each service looks for its file. */
export const WORKFLOW_FILES: Readonly<Record<Service, string>> = {
  github: '.github/workflows/matrix.yml',
  gitlab: '.gitlab-ci.yml',
};

/** The distribution that has the packages of the bases; the workbench installs what else it needs. */
const IMAGE = 'debian:trixie';
const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends ca-certificates git nodejs npm';
const RECORDS = 'out/*/cell.json';
const REPORT = 'out/*/matrix.*';
/** The most jobs that matrices may have there: all of a run, and one of them. */
const [MOST_GITHUB, MOST_GITLAB] = [256, 200];
/** The most that hosted runners give. */
const LIMIT_HOURS = 6;

export interface Hosted {
  readonly cells: readonly string[];
  readonly until: Until;
  /** Patterns that the cells were chosen by, for the merge: others would be missing. */
  readonly only: readonly string[];
}

/** For any shell: the image of a service may have no other than sh. */
function matrix(until: Until, only: readonly string[] = []): string {
  const chosen = only.map((pattern) => ` --only '${pattern}'`).join('');
  return `npm run matrix --${until === 'test' ? '' : ` --until ${until}`}${chosen}`;
}

function github({ cells, until, only }: Hosted): unknown {
  // the container is what matters
  const machine = { 'runs-on': 'ubuntu-latest', container: IMAGE };
  const begin = [{ run: INSTALL }, { uses: 'actions/checkout@v4' }];
  const keep = (name: string, path: string): object => ({
    if: 'always()',
    uses: 'actions/upload-artifact@v4',
    with: { name, path },
  });
  return {
    name: 'matrix',
    // hours of many machines: not for every push
    on: { workflow_dispatch: {}, schedule: [{ cron: '17 2 * * 6' }] },
    permissions: { contents: 'read' },
    jobs: {
      cell: {
        ...machine,
        'timeout-minutes': LIMIT_HOURS * 60,
        strategy: { 'fail-fast': false, matrix: { cell: cells } },
        env: { CELL: '${{ matrix.cell }}', CCACHE_REMOTE_STORAGE: '${{ secrets.CCACHE_REMOTE_STORAGE }}' },
        steps: [...begin, { run: `${matrix(until)} --cell "$CELL"` }, keep('cell-${{ strategy.job-index }}', RECORDS)],
      },
      merge: {
        ...machine,
        needs: 'cell',
        if: '${{ !cancelled() }}',
        steps: [
          ...begin,
          { uses: 'actions/download-artifact@v4', with: { path: 'cells' } },
          { run: `${matrix(until, only)} --merge cells` },
          keep('matrix', REPORT),
        ],
      },
    },
  };
}

function gitlab({ cells, until, only }: Hosted): unknown {
  const keep = (path: string): object => ({ when: 'always', paths: [path] });
  const job = (some: readonly string[]): object => ({
    stage: 'cells',
    timeout: `${LIMIT_HOURS} hours`,
    retry: { max: 2, when: ['runner_system_failure', 'stuck_or_timeout_failure'] },
    parallel: { matrix: [{ CELL: some }] },
    script: [`${matrix(until)} --cell "$CELL"`],
    artifacts: keep(RECORDS),
  });
  const matrices = Array.from({ length: Math.ceil(cells.length / MOST_GITLAB) }, (_, at) =>
    cells.slice(at * MOST_GITLAB, (at + 1) * MOST_GITLAB),
  );
  return {
    workflow: {
      rules: ['schedule', 'web'].map((source) => ({ if: `$CI_PIPELINE_SOURCE == "${source}"` })),
    },
    stages: ['cells', 'merge'],
    default: { image: IMAGE, before_script: [INSTALL] },
    ...Object.fromEntries(matrices.map((cells, at) => [at === 0 ? 'cell' : `cell-${at + 1}`, job(cells)])),
    merge: {
      stage: 'merge',
      when: 'always',
      script: [`${matrix(until, only)} --merge out`],
      artifacts: keep(REPORT),
    },
  };
}

/** @throws E_USAGE for more cells than GitHub takes */
export function formatWorkflow(service: Service, hosted: Hosted): string {
  const { cells } = hosted;
  if (service === 'github' && cells.length > MOST_GITHUB)
    throw new WorkbenchError('E_USAGE', `${cells.length} cells, and ${service} takes ${MOST_GITHUB}`, {
      next: formatArgv(['npm', 'run', 'matrix', '--', '--workflow', service, '--only', 'BASE/*/*/*']),
    });
  const made = `# Made by \`${matrix(hosted.until, hosted.only)} --workflow ${service}\`; a test compares the two.`;
  return `${made}\n${formatYaml(service === 'github' ? github(hosted) : gitlab(hosted))}`;
}
