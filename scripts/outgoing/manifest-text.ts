import type { YamlFile } from '../lib/yaml.ts';
import { replaceList } from '../lib/yaml.ts';
import type { Entry } from './refresh-plan.ts';

/** The manifest's text with its list of patches as planned; comments stay with the entries they belong to. */
export function manifestText(yaml: YamlFile, entries: readonly Pick<Entry, 'id' | 'file' | 'from'>[]): string {
  return replaceList(
    yaml,
    'patches',
    'file',
    entries.map(({ id, file, from }) => ({ from, values: { id, file } })),
  );
}
