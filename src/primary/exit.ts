/** How the program ends. */

/**
 * The exit codes of every command: docs/operating.md. 78 is EX_CONFIG of sysexits.h, which tells a process manager that
 * trying again does not help.
 */
export const EXIT = { done: 0, failed: 1, wrongUsage: 2, wrongConfig: 78 } as const

/** How a program that has begun to serve may end. */
export type ServingExit = typeof EXIT.done | typeof EXIT.failed

/** copyloop cannot start, and its user can fix that. `message` has what is wrong, where, and what to do; no stack is shown. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed'
}
