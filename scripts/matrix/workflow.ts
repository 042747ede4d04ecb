/** The cells for hosted CI, as files that the services read. Pure: equal cells, equal bytes. */
import { formatYaml } from '../lib/yaml.ts';

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
/** The most that hosted runners give. */
const LIMIT_HOURS = 6;

function github(cells: readonly string[]): unknown {
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
        steps: [...begin, { run: 'npm run matrix -- --cell "$CELL"' }, keep('cell-${{ strategy.job-index }}', RECORDS)],
      },
      merge: {
        ...machine,
        needs: 'cell',
        if: '${{ !cancelled() }}',
        steps: [
          ...begin,
          { uses: 'actions/download-artifact@v4', with: { path: 'cells' } },
          { run: 'npm run matrix -- --merge cells' },
          keep('matrix', REPORT),
        ],
      },
    },
  };
}

function gitlab(cells: readonly string[]): unknown {
  const keep = (path: string): object => ({ when: 'always', paths: [path] });
  return {
    workflow: {
      rules: ['schedule', 'web'].map((source) => ({ if: `$CI_PIPELINE_SOURCE == "${source}"` })),
    },
    stages: ['cells', 'merge'],
    default: { image: IMAGE, before_script: [INSTALL] },
    cell: {
      stage: 'cells',
      timeout: `${LIMIT_HOURS} hours`,
      retry: { max: 2, when: ['runner_system_failure', 'stuck_or_timeout_failure'] },
      parallel: { matrix: [{ CELL: cells }] },
      script: ['npm run matrix -- --cell "$CELL"'],
      artifacts: keep(RECORDS),
    },
    merge: {
      stage: 'merge',
      when: 'always',
      script: ['npm run matrix -- --merge out'],
      artifacts: keep(REPORT),
    },
  };
}

export function formatWorkflow(service: Service, cells: readonly string[]): string {
  const made = `# Made by \`npm run matrix -- --workflow ${service}\`; a test compares the two.`;
  return `${made}\n${formatYaml(service === 'github' ? github(cells) : gitlab(cells))}`;
}
