/** The cells: base x patch x configuration x architecture. Pure. */
import { WorkbenchError } from '../lib/errors.ts';
import { doesWithout } from '../series/overlay.ts';
import { fileNumber, type SeriesData } from '../series/schema.ts';

/** What kernels are built for and booted as; a second one begins here. */
export const ARCHITECTURES = ['x86_64'] as const;

export interface Cell {
  /** BASE/PATCH/CONFIGURATION/ARCHITECTURE, such as v7.3/0004/debug/x86_64. */
  readonly id: string;
  readonly base: string;
  /** The last patch that is applied, by the four digits of its file. */
  readonly patch: string;
  readonly config: string;
  readonly architecture: string;
}

/** In the order of the manifest; equal input, equal ids. */
export function cellsOf(
  { bases, patches }: Pick<SeriesData, 'bases' | 'patches'>,
  configs: readonly string[],
  architectures: readonly string[] = ARCHITECTURES,
): Cell[] {
  return Object.keys(bases).flatMap((base) =>
    patches
      .filter((patch) => !doesWithout(base, patch))
      .flatMap(({ file }) =>
        configs.flatMap((config) =>
          architectures.map((architecture) => {
            const patch = String(fileNumber(file)).padStart(4, '0');
            return { id: [base, patch, config, architecture].join('/'), base, patch, config, architecture };
          }),
        ),
      ),
  );
}

/** Cells of any of the patterns: an id in which `*` stands for a whole part; all without one. @throws E_USAGE */
export function selectCells(cells: readonly Cell[], patterns: readonly string[]): Cell[] {
  const next = 'npm run matrix';
  const fits = (pattern: string, { id }: Cell): boolean => {
    const parts = pattern.split('/');
    const own = id.split('/');
    return parts.length === own.length && parts.every((part, index) => part === '*' || part === own[index]);
  };
  const wrong = patterns.filter((pattern) => !cells.some((cell) => fits(pattern, cell)));
  if (wrong.length > 0) throw new WorkbenchError('E_USAGE', `no cell ${wrong.join(', ')}`, { next });
  return cells.filter((cell) => patterns.length === 0 || patterns.some((pattern) => fits(pattern, cell)));
}

/** @throws E_USAGE */
export function cellNamed(cells: readonly Cell[], id: string): Cell {
  const [cell] = cells.filter((one) => one.id === id);
  if (cell === undefined) throw new WorkbenchError('E_USAGE', `no cell ${id}`, { next: 'npm run matrix' });
  return cell;
}

/** For names of files. */
export function slugOf(id: string): string {
  return id.replaceAll('/', '-');
}
