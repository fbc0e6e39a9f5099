import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../plan/random.ts'
import type { WorkerStats } from '../proxy/proxy-process.ts'
import type { ChaosSettings } from './chaos.ts'
import { othersServe } from './kill-one.ts'
import type { Kills } from './kills.ts'
import type { Moves } from './moves.ts'

interface ReplacementParts {
  readonly random: Random
  readonly moves: Moves
  readonly kills: Kills
}

/** Who is killed while a worker is replaced: the new one before it serves, or one of the two while connections move. */
const VICTIMS = ['successor', 'giver', 'taker'] as const
/** It has no place for more while those of before drain, which is no fault. */
const TRY_LATER = /still drain, and there is no place for more/
/** What a kill may lead to in the log. */
const AFTER_KILLS = /it ended before it could serve|are reset: the taker has ended before it had them/
const LEAVE_WITHIN_MS = 60_000
const BEGINS_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 10

/** Replaces all workers by new ones. */
export class Replacements {
  readonly #settings: ChaosSettings
  readonly #parts: ReplacementParts
  #replacements = 0
  #workers = 0
  #later = 0
  #disturbed = 0

  constructor(settings: ChaosSettings, parts: ReplacementParts) {
    this.#settings = settings
    this.#parts = parts
  }

  hasCaused(error: string): boolean {
    return TRY_LATER.test(error) || (this.#parts.kills.count > 0 && AFTER_KILLS.test(error))
  }

  get text(): string {
    return (
      `${this.#replacements} times all workers were replaced (${this.#disturbed} of these with a kill), by ${this.#workers} new ones; ` +
      `${this.#later} times there was no place while others drained`
    )
  }

  async replace(): Promise<void> {
    this.#settings.say('chaos: all workers are replaced')
    await this.#replaceAll(TRY_LATER)
  }

  /** A kill in the midst of it may stop it, and may cut what the killed process held. */
  async replaceAndKill(): Promise<void> {
    const { say, proxy } = this.#settings
    const { random } = this.#parts
    const who = random.pick(VICTIMS)
    say(`chaos: all workers are replaced, and meanwhile a ${who} is killed`)
    this.#disturbed += 1
    const before = new Set((await proxy.serving()).map(({ pid }) => pid))
    const replaced = this.#replaceAll(new RegExp(`${TRY_LATER.source}|${AFTER_KILLS.source}`))
    const isOver = replaced.then(() => true)
    const killed = await this.#killIn(who, before, () => Promise.race([isOver, sleep(LOOK_EVERY_MS, false)]))
    await replaced
    if (killed !== undefined) await othersServe(this.#settings, killed)
  }

  /** Waits until none drains any more. */
  async oldOnesLeft(): Promise<void> {
    const { proxy, fault } = this.#settings
    const until = performance.now() + LEAVE_WITHIN_MS
    while ((await proxy.stats()).workers.some(({ state }) => state === 'draining')) {
      if (performance.now() > until) return fault(`a replaced worker has not left within ${LEAVE_WITHIN_MS / 1000} s`)
      await sleep(LOOK_EVERY_MS)
    }
  }

  async #replaceAll(mayFailWith: RegExp): Promise<void> {
    const { proxy, fault, workers } = this.#settings
    const { status, body } = await proxy.post('/reload?workers=true')
    const replaced = Number((body.workers as { replaced?: number } | undefined)?.replaced ?? 0)
    this.#replacements += 1
    this.#workers += replaced
    if (status === 200 && (replaced === workers || mayFailWith !== TRY_LATER)) return
    if (status === 409 || TRY_LATER.test(String(body.error))) this.#later += 1
    else if (status !== 500 || !mayFailWith.test(String(body.error))) {
      fault(`the replacement of ${workers} workers was answered with ${status}: ${JSON.stringify(body)}`)
    }
  }

  /** @returns its pid; undefined if there was none until the replacement was `over` */
  async #killIn(
    who: (typeof VICTIMS)[number],
    before: ReadonlySet<number>,
    isOver: () => Promise<boolean>,
  ): Promise<number | undefined> {
    const { proxy, say } = this.#settings
    const { kills, moves, random } = this.#parts
    // Half of the kills come before the first connection has moved, or while some do.
    const waits = random.next() < 0.5
    const until = performance.now() + BEGINS_WITHIN_MS
    do {
      const { workers } = await proxy.stats()
      const giver = workers.find(({ pid, state }) => state === 'draining' && before.has(pid))
      const taker = giver && moves.takerOf(giver.id)
      const victim = victimOf(who, workers, giver, taker)
      // Only between these two there is a channel: a third worker's connections may end with a FIN.
      const isMoving = taker !== undefined && giver !== undefined && giver.connectionsActive > 0 && who !== 'successor'
      if (victim && (isMoving || !waits || who === 'successor')) {
        if (!waits) await sleep(random.between(0, 30))
        say(`chaos: worker ${victim.pid} is killed, the ${who}${isMoving ? ', while connections move' : ''}`)
        return killed(kills, victim.pid, isMoving) ? victim.pid : undefined
      }
    } while (!(await isOver()) && performance.now() < until)
    return undefined
  }
}

/** @param taker the number of the worker that the giver gives to; undefined if it is not known yet */
const victimOf = (
  who: (typeof VICTIMS)[number],
  workers: readonly WorkerStats[],
  giver: WorkerStats | undefined,
  taker: number | undefined,
): WorkerStats | undefined => {
  if (who === 'successor') return workers.find(({ state }) => state === 'starting')
  if (who === 'giver' || giver === undefined) return giver
  // The one that has come last.
  return workers.findLast(({ id, state }) => (taker === undefined ? state === 'serving' : id === taker))
}

/** False if it has just ended by itself. */
const killed = (kills: Kills, pid: number, resets: boolean): boolean => {
  try {
    kills.kill(pid, resets)
    return true
  } catch {
    return false
  }
}
