/**
 * What an inspector answers. Verdicts are told apart by what they hold, not by identity: an inspector may come with a
 * copy of this package of its own.
 */

/** These bytes, and those held before them, go on. */
export interface Pass {
  readonly verdict: 'pass'
  /** They go on so many milliseconds later; until then this direction is not read. */
  readonly afterMs?: number
}

/** They go on, and the inspector is never asked again. */
export interface Detach {
  readonly verdict: 'detach'
  readonly from: 'direction' | 'connection'
}

/** They wait until the inspector has seen more. */
export interface Hold {
  readonly verdict: 'hold'
}

/** Other bytes go on in the place of these and of those held before them. */
export interface Replace {
  readonly verdict: 'replace'
  readonly bytes: Uint8Array
}

/** Nothing goes on any more: both sides are reset. */
export interface Block {
  readonly verdict: 'block'
  readonly reason: string
}

export type Verdict = Pass | Detach | Hold | Replace | Block
export type VerdictKind = Verdict['verdict']

/** The bytes go on as they are. */
export const pass: Pass = Object.freeze({ verdict: 'pass' })

/** The bytes go on as they are, `delayMs` later. The sender is not read meanwhile, and no thread waits. */
export const passAfter = (delayMs: number): Pass => ({ verdict: 'pass', afterMs: delayMs })

/** The bytes wait, the sender is read on: at most 1 MiB a direction, for at most 10 s. */
export const hold: Hold = Object.freeze({ verdict: 'hold' })

/** `bytes` go on instead; empty ones drop what they replace. */
export const replace = (bytes: Uint8Array): Replace => ({ verdict: 'replace', bytes })

/** Ends the connection: outcome `blocked`, with the reason in its log line. */
export const block = (reason: string): Block => ({ verdict: 'block', reason })

/**
 * The bytes go on, and this direction is not inspected any more: `return detach`. With `detach('connection')` neither
 * direction is. Once nobody inspects a direction, it goes on at the full speed of the engine.
 */
export const detach: Detach & ((from: Detach['from']) => Detach) = Object.freeze(
  Object.assign((from: Detach['from']): Detach => ({ verdict: 'detach', from }), {
    verdict: 'detach',
    from: 'direction',
  } as const),
)
