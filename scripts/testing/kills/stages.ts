/** The stages that are killed, each with what gives it work and what has to hold when it was run again. */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDirOf } from '../../kernel/kbuild.ts';
import { git } from '../project.ts';
import { patchTexts } from '../series.ts';
import type { Outcome } from '../cli.ts';
import type { StageName } from './options.ts';
import { VARIANTS, type Person, type Variant } from './person.ts';
import { SMALL } from './project.ts';
import type { Place } from './run.ts';

export interface Stage {
  readonly name: StageName;
  /** Where it runs. */
  readonly place: Place;
  readonly argv: readonly string[];
  /** Kills happen between these words on standard error; without them, from the start and to the end. */
  readonly from?: RegExp;
  readonly until?: RegExp;
  /** Gives the next run something to do. */
  prepare(round: number): void;
  /** What is wrong when it was killed, and when it was run again and said this. */
  afterKill?(round: number): string[];
  afterNext?(round: number, next: Outcome): string[];
}

/** The first stage: what comes before is the loading of programs. */
const STARTED = /^== /m;

const variantOf = (round: number): Variant => VARIANTS[round % VARIANTS.length] ?? 'one';

/** Head of the worktree that an apply made. */
function headOf({ stdout }: Outcome): string {
  const { head } = JSON.parse(stdout) as { readonly head?: string };
  return head ?? 'none';
}

/** The same patches are the same commits: what the first undisturbed run of a variant made, every later one makes. */
class Heads {
  readonly #known = new Map<string, string>();

  judge(variant: string, next: Outcome): string[] {
    const head = headOf(next);
    const known = this.#known.get(variant) ?? head;
    this.#known.set(variant, known);
    return head === known ? [] : [`the commits are others: ${head} and not ${known}`];
  }
}

/** A series of small patches on a person's checkout. */
export function applyStage(place: Place, person: Person): Stage {
  const heads = new Heads();
  return {
    name: 'apply',
    place,
    argv: ['apply', '--tree', person.kernel, '--json'],
    from: STARTED,
    prepare: (round) => person.install(place.root, variantOf(round)),
    afterNext: (round, next) => heads.judge(variantOf(round), next),
  };
}

/** The project's own series on the kernel, from its first patch on. */
export function seriesStage(place: Place): Stage {
  const heads = new Heads();
  const [first = ''] = /\S+\.patch/.exec(readFileSync(join(place.root, 'patches/series.yaml'), 'utf8')) ?? [];
  const path = join(place.root, 'patches', first);
  const own = readFileSync(path, 'utf8');
  const other = own.replace(/^---$/m, 'A line more.\n---');
  return {
    name: 'series',
    place,
    argv: ['apply', '--json'],
    from: STARTED,
    prepare: (round) => writeFileSync(path, round % 2 === 0 ? other : own),
    afterNext: (round, next) => heads.judge(variantOf(round), next),
  };
}

/** Both variants stand on the person's base; the worktree gets the one that patches/ does not have. */
export function refreshStage(place: Place, person: Person, worktree: string): Stage {
  const texts = (): Readonly<Record<string, string>> => patchTexts({ project: place.root });
  const other = (round: number): Variant => variantOf(round + 1);
  return {
    name: 'refresh',
    place,
    argv: ['refresh', '--tree', person.kernel],
    prepare: (round) => {
      person.install(place.root, other(round));
      git(worktree, 'reset', '-q', '--hard', `work-${variantOf(round)}`);
    },
    afterKill: (round) => {
      const [before, after] = [person.patches[other(round)], person.patches[variantOf(round)]];
      const known = new Set([...Object.entries(before), ...Object.entries(after)].map((entry) => entry.join('\0')));
      const found = Object.entries(texts()).filter(([file]) => !file.endsWith('.tmp'));
      // a patch has its number in front, whatever its subject is
      const lost = Object.keys(before).filter((file) => !found.some(([name]) => name.slice(0, 4) === file.slice(0, 4)));
      return [
        ...found
          .filter((entry) => !known.has(entry.join('\0')))
          .map(([file]) => `patches/${file} is neither old nor new`),
        ...lost.map((file) => `patches/${file} is lost`),
      ];
    },
    afterNext: (round) => {
      const [now, after] = [texts(), person.patches[variantOf(round)]];
      const files = [...new Set([...Object.keys(now), ...Object.keys(after)])];
      return files
        .filter((file) => now[file] !== after[file])
        .map((file) => `patches/${file} is not what the commits are`);
    },
  };
}

/** @param worktree of the kernel */
export function configStage(place: Place, worktree: string): Stage {
  const dir = buildDirOf(worktree, SMALL);
  return {
    name: 'config',
    place,
    argv: ['config', '--config', SMALL],
    from: STARTED,
    prepare: () => {
      for (const file of ['.config', '.workbench-config.json']) rmSync(join(dir, file), { force: true });
    },
    afterNext: () => (existsSync(join(dir, '.config')) ? [] : ['there is no .config']),
  };
}

/** What a build makes has to be the same, byte for byte, however often it was killed. */
export function buildStage(place: Place, worktree: string): Stage {
  const dir = buildDirOf(worktree, SMALL);
  const image = join(dir, 'vmlinux');
  const kept = join(place.root, 'out', 'vmlinux.undisturbed');
  return {
    name: 'build',
    place,
    argv: ['build', '--config', SMALL],
    from: STARTED,
    prepare: () => {
      for (const part of ['.workbench-built.json', 'kernel', 'lib', 'vmlinux', 'vmlinux.o'])
        rmSync(join(dir, part), { recursive: true, force: true });
    },
    afterNext: () => {
      if (!existsSync(kept)) cpSync(image, kept);
      return readFileSync(image).equals(readFileSync(kept))
        ? []
        : ['vmlinux is another than that of an undisturbed build'];
    },
  };
}

const IS_UP = /is up: Linux/;

/** One topic, killed before its guest answers. */
export function bootStage(place: Place): Stage {
  return {
    name: 'boot',
    place,
    argv: ['test:only', 'smoke'],
    from: /^== selftest/m,
    until: IS_UP,
    prepare: () => undefined,
  };
}

/** The same, killed while it uses its guest. */
export function selftestStage(place: Place): Stage {
  return { name: 'selftest', place, argv: ['test:only', 'smoke'], from: IS_UP, prepare: () => undefined };
}
