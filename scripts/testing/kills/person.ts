/** A person's checkout with everything in it that a run must leave alone, and a series on it in two variants. */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { refreshRange } from '../../outgoing/refresh.ts';
import { AUTHOR, git, makeFixture, SECONDS, write, type Fixture } from '../project.ts';
import { ownState, patchTexts } from '../series.ts';

/** Enough that an apply or a refresh takes a while behind its start. */
const COMMITS = 40;
export const VARIANTS = ['one', 'two'] as const;
export type Variant = (typeof VARIANTS)[number];

export interface Person {
  readonly fixture: Fixture;
  readonly kernel: string;
  /** The files of patches/ in each variant. */
  readonly patches: Readonly<Record<Variant, Readonly<Record<string, string>>>>;
  /** Puts a variant's patches into a project. */
  install(project: string, variant: Variant): void;
  /** Everything of theirs. */
  state(): string;
}

function commitStream(variant: Variant): string {
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  return Array.from({ length: COMMITS }, (_, index) =>
    [
      `commit refs/heads/work-${variant}\ncommitter ${AUTHOR} ${SECONDS} +0000\n`,
      data(`core: add ${variant} ${index}\n\nBecause it was missing.\n`),
      index === 0 ? 'from refs/heads/master^0\n' : '',
      `M 100644 inline kernel/file-${index}.c\n${data(`int of_${variant}_${index};\n`)}`,
    ].join(''),
  ).join('');
}

export async function makePerson(): Promise<Person> {
  const fixture = makeFixture('kills');
  const { kernel, project } = fixture;
  const saved = join(fixture.dir, 'saved');
  for (const variant of VARIANTS) {
    execFileSync('git', ['fast-import', '--quiet'], { cwd: kernel, input: commitStream(variant) });
    await refreshRange(project, kernel, `master..work-${variant}`, { adopt: false, dryRun: false });
    cpSync(join(project, 'patches'), join(saved, variant, 'patches'), { recursive: true });
  }
  write(kernel, { 'kernel/core.c': 'set aside\n' });
  git(kernel, 'stash');
  write(kernel, { 'kernel/ring.c': 'staged\n' });
  git(kernel, 'add', 'kernel/ring.c');
  write(kernel, { 'kernel/ring.c': 'and changed again\n', 'kernel/untracked.c': 'mine\n' });
  const own = ['kernel/ring.c', 'kernel/untracked.c', 'kernel/core.c'];
  return {
    fixture,
    kernel,
    patches: { one: textsOf(join(saved, 'one')), two: textsOf(join(saved, 'two')) },
    install: (to, variant) => {
      rmSync(join(to, 'patches'), { recursive: true });
      cpSync(join(saved, variant, 'patches'), join(to, 'patches'), { recursive: true });
    },
    state: () =>
      JSON.stringify([
        ownState(kernel),
        git(kernel, 'stash', 'show', '-p'),
        own.map((file) => readFileSync(join(kernel, file), 'utf8')),
        readdirSync(join(kernel, 'kernel')),
      ]),
  };
}

const textsOf = (project: string): Record<string, string> => patchTexts({ project });
