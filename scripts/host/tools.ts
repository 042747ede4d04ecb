import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { WorkbenchError } from '../lib/errors.ts'
import { TOOLS, type Need, type Stage } from './needs.ts'

/** Full path of a program, as a shell would find it. */
export function which(tool: string, path = process.env['PATH'] ?? ''): string | undefined {
  for (const directory of path.split(delimiter)) {
    const candidate = join(directory || '.', tool)
    try {
      accessSync(candidate, constants.X_OK)
      if (statSync(candidate).isFile()) return candidate
    } catch {
      // not in this directory
    }
  }
  return undefined
}

export function missingTools(stage: Stage): Need[] {
  return TOOLS[stage].filter(({ tool }) => which(tool) === undefined)
}

/** Fails with the command that installs whatever is missing for a stage that installs nothing itself. */
export async function needTools(stage: Stage): Promise<void> {
  const missing = missingTools(stage)
  if (missing.length === 0) return
  const packages = [...new Set(missing.map((need) => need.package))].join(' ')
  throw new WorkbenchError('E_HOST_TOOL', `missing: ${missing.map(({ tool }) => tool).join(', ')}`, { next: `apt-get install ${packages}` })
}
