/** A program that a stage runs, and the Debian package that has it. */
export interface Need {
  readonly tool: string
  readonly package: string
}

/** What each stage runs; the stages that come later need those before them too. */
export const TOOLS = {
  apply: [
    { tool: 'git', package: 'git' },
    { tool: 'xz', package: 'xz-utils' },
    { tool: 'tar', package: 'tar' },
    { tool: 'bash', package: 'bash' },
    { tool: 'setpriv', package: 'util-linux' },
  ],
} as const satisfies Record<string, readonly Need[]>

export type Stage = keyof typeof TOOLS
