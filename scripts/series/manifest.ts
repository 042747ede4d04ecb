import type { z } from 'zod';
import type { Position, Problem } from '../lib/errors.ts';
import type { YamlFile } from '../lib/yaml.ts';
import { fileNumber, seriesSchema, type SeriesData } from './schema.ts';

export const MANIFEST = 'series.yaml';

export interface Checked {
  /** Present when the shape is right, even if a rule below is broken. */
  readonly data: SeriesData | undefined;
  readonly problems: readonly Problem[];
}

/** Every problem of the manifest at once; `onDisk` is what patches/ holds. */
export function checkManifest(yaml: YamlFile, onDisk: readonly string[]): Checked {
  if (yaml.problems.length > 0) return { data: undefined, problems: yaml.problems };
  const parsed = seriesSchema.safeParse(yaml.document.toJS({ mapAsMap: false }), { reportInput: true });
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap((issue) => fromIssue(yaml, issue));
    return { data: undefined, problems: sortByPosition(issues) };
  }
  return { data: parsed.data, problems: sortByPosition(checkRules(yaml, parsed.data, onDisk)) };
}

function fromIssue(yaml: YamlFile, issue: z.core.$ZodIssue): Problem[] {
  const name = issue.path.join('.') || MANIFEST;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        code: 'SERIES_UNKNOWN_KEY',
        message: `unknown key ${key}`,
        position: yaml.position([...issue.path, key], true),
        hint: 'remove it, or correct its spelling',
      }));
    case 'invalid_union': {
      // report the alternative that came nearest; a base with `git` was not meant to be a package
      const nearest = [...issue.errors].sort((a, b) => weight(a) - weight(b))[0] ?? [];
      return nearest.flatMap((inner) => fromIssue(yaml, { ...inner, path: [...issue.path, ...inner.path] }));
    }
    case 'invalid_type': {
      const position = yaml.position(issue.path);
      if (issue.input === undefined) {
        return [
          {
            code: 'SERIES_MISSING_KEY',
            message: `${name} is missing`,
            position,
            hint: `add it: ${String(issue.path.at(-1))}: ...`,
          },
        ];
      }
      if (issue.expected === 'string' && ['number', 'bigint', 'boolean'].includes(typeof issue.input)) {
        const hint = 'put quotes around it: YAML reads the bare word as something else';
        return [
          {
            code: 'SERIES_UNQUOTED',
            message: `${name} must be a string, not the ${typeof issue.input} ${String(issue.input)}`,
            position,
            hint,
          },
        ];
      }
      return [{ code: 'SERIES_TYPE', message: `${name} must be ${article(issue.expected)}`, position }];
    }
    default: {
      const hint = issue.code === 'invalid_format' ? `expected ${issue.message}` : undefined;
      const message = hint === undefined ? `${name}: ${issue.message}` : `${name} is not in the expected form`;
      return [
        { code: 'SERIES_VALUE', message, position: yaml.position(issue.path), ...(hint === undefined ? {} : { hint }) },
      ];
    }
  }
}

function weight(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
}

function article(kind: string): string {
  if (kind === 'record' || kind === 'object') return 'a mapping';
  if (kind === 'array') return 'a list';
  return `a ${kind}`;
}

function checkRules(yaml: YamlFile, data: SeriesData, onDisk: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  if (!Object.hasOwn(data.bases, data.base)) {
    problems.push({
      code: 'SERIES_BASE',
      message: `base ${data.base} is not under bases`,
      position: yaml.position(['base']),
      hint: `one of ${Object.keys(data.bases).join(', ')}`,
    });
  }
  const seen = new Set<string>();
  for (const [index, patch] of data.patches.entries()) {
    const at = (key: 'id' | 'file'): Position => yaml.position(['patches', index, key]);
    const expected = String(index + 1).padStart(2, '0');
    if (seen.has(patch.id)) {
      problems.push({
        code: 'SERIES_DUPLICATE',
        message: `id "${patch.id}" is used twice`,
        position: at('id'),
        hint: `the next number is "${expected}"`,
      });
    } else if (patch.id !== expected) {
      problems.push({
        code: 'SERIES_ORDER',
        message: `id "${patch.id}" stands where "${expected}" is due`,
        position: at('id'),
        hint: 'number the patches from "01" in the order in which they apply',
      });
    } else if (fileNumber(patch.file) !== Number(patch.id)) {
      problems.push({
        code: 'SERIES_ORDER',
        message: `${patch.file} does not begin with the number of its id "${patch.id}"`,
        position: at('file'),
        hint: 'npm run refresh names the files by their order',
      });
    }
    if (seen.has(patch.file))
      problems.push({ code: 'SERIES_DUPLICATE', message: `${patch.file} is listed twice`, position: at('file') });
    for (const [place, name] of (patch.except ?? []).entries()) {
      if (name !== data.base && Object.hasOwn(data.bases, name)) continue;
      problems.push({
        code: 'SERIES_BASE',
        message: name === data.base ? `the primary base has every patch` : `base ${name} is not under bases`,
        position: yaml.position(['patches', index, 'except', place]),
        hint: `one of ${Object.keys(data.bases)
          .filter((base) => base !== data.base)
          .join(', ')}`,
      });
    }
    if (!onDisk.includes(patch.file)) {
      problems.push({
        code: 'SERIES_FILE_MISSING',
        message: `patches/${patch.file} does not exist`,
        position: at('file'),
        hint: 'correct the name, restore the file, or remove the entry',
      });
    }
    seen.add(patch.id);
    seen.add(patch.file);
  }
  for (const file of onDisk) {
    if (!file.endsWith('.patch') || seen.has(file)) continue;
    problems.push({
      code: 'SERIES_FILE_UNLISTED',
      message: `patches/${file} is not in the manifest`,
      position: yaml.position(['patches'], true),
      hint: 'add it to patches, or delete the file',
    });
  }
  if (!onDisk.includes(data.cover)) {
    problems.push({
      code: 'SERIES_FILE_MISSING',
      message: `patches/${data.cover} does not exist`,
      position: yaml.position(['cover']),
    });
  }
  return problems;
}

function sortByPosition(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.col ?? 0) - (b.position?.col ?? 0),
  );
}
