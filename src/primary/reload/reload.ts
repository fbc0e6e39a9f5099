import type { Logger } from 'pino'
import { ConfigError, type Finding, formatProblem, type Problem } from '../../config/problems/problem.ts'
import { someOf } from '../../config/problems/show.ts'
import type { Config } from '../../config/schema.ts'
import { withConfig } from '../../serving/of-config.ts'
import type { Totals } from '../../stats/totals.ts'
import { followed } from '../followed.ts'
import { sayListening } from '../log/listening.ts'
import type { Names } from '../names/names.ts'
import { SocketRefused } from '../sockets/cannot-listen.ts'
import type { ListeningSockets } from '../sockets/listeners.ts'
import type { StateOwner } from '../state-owner.ts'
import type { Systemd } from '../systemd/systemd.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import { inEffect } from './effects.ts'
import { type ReloadPlan, reloadPlan } from './plan.ts'
import { Removals } from './removals.ts'

/** A config that was read anew, with the places of its parts. */
export interface LoadedConfig {
  readonly config: Config
  problemOf(finding: Finding): Problem
}

/** Reads the config that copyloop was started with. @throws {ConfigError} with everything that is wrong */
export type LoadConfig = () => Promise<LoadedConfig>

export type ReloadAnswer =
  | { readonly applied: true; readonly stateVersion: number; readonly plan: ReloadPlan; readonly partial?: true }
  | { readonly applied: false; readonly plan: ReloadPlan }
  | { readonly applied: false; readonly problems: readonly Problem[] }

export interface ReloadParts {
  readonly owner: StateOwner
  readonly sockets: ListeningSockets
  readonly systemd: Pick<Systemd, 'sockets' | 'service'>
  readonly names: Names
  readonly supervisor: Pick<Supervisor, 'ask'>
  readonly logger: Logger
  readonly load: LoadConfig
  /** What is counted now. */
  currentSum(): Promise<Totals>
  /** Why nothing may be changed any more; undefined if it may. */
  refusal(): string | undefined
}

/** Names that are new are waited for, so that the first client finds a server. */
const NAMES_WITHIN_MS = 500
/** A worker that takes longer is stopped, has no core, or cannot load an inspector. */
const FOLLOWED_WITHIN_MS = 1_000

/** Applies a changed config to the running workers, as an edit of the serving state. */
export class Reload {
  readonly #parts: ReloadParts
  readonly #removals: Removals
  #config: Config
  #last: Promise<unknown> = Promise.resolve()
  readonly counts = { applied: 0, refused: 0 }

  constructor(config: Config, parts: ReloadParts) {
    this.#config = config
    this.#parts = parts
    this.#removals = new Removals(parts.owner, parts.supervisor, parts.logger)
  }

  /** The config that is in effect. */
  get config(): Config {
    return this.#config
  }

  /** What `apply` would change now. */
  plan(): Promise<ReloadAnswer> {
    return this.#alone(async () => {
      const { config } = await this.#parts.load()
      return { applied: false, plan: await this.#planTo(config) }
    })
  }

  /**
   * Reads the config and applies it, whole or not at all. Resolves once all workers follow, or a second later.
   *
   * @param asked by what, for the log
   */
  async apply(asked: string): Promise<ReloadAnswer> {
    const { service } = this.#parts.systemd
    service.reloading()
    try {
      const answer = await this.#alone(() => this.#apply())
      this.#count(answer)
      this.#say(asked, answer)
      return answer
    } finally {
      service.reloaded(this.#config)
    }
  }

  close(): void {
    this.#removals.close()
  }

  /** One after the other. Wrong configs are answers. */
  #alone(what: () => Promise<ReloadAnswer>): Promise<ReloadAnswer> {
    const answer = this.#last.then(async () => {
      const refusal = this.#parts.refusal()
      if (refusal !== undefined) return refused([{ source: 'copyloop', path: '', message: refusal }])
      return what().catch((error: unknown) => {
        if (error instanceof ConfigError) return refused(error.problems)
        throw error
      })
    })
    this.#last = answer.catch(() => {})
    return answer
  }

  async #apply(): Promise<ReloadAnswer> {
    const { load, logger, names, owner, sockets, systemd } = this.#parts
    const loaded = await load()
    const before = this.#config
    const after = inEffect(before, loaded.config)
    const plan = await this.#planTo(loaded.config)
    if (plan.changes.length > 0) {
      const opened = await openSockets(sockets, loaded)
      const served = owner.state
      owner.edit((state) => withConfig(state, before, after, opened.numbersOf))
      names.follow(after.upstreams)
      this.#config = after
      this.#removals.note(served, before, after)
      sayListening(opened.opened, logger)
      for (const socket of await systemd.sockets.unusedBy(after.listeners))
        logger.warn(
          `no listener has the socket on ${socket} that systemd has passed: its clients wait; stop its socket unit`,
        )
      await names.settled(NAMES_WITHIN_MS)
    }
    const isFollowed = await followed(owner, FOLLOWED_WITHIN_MS)
    return { applied: true, stateVersion: owner.state.version, plan, ...(!isFollowed && { partial: true }) }
  }

  async #planTo(config: Config): Promise<ReloadPlan> {
    return reloadPlan(this.#config, config, await this.#parts.currentSum())
  }

  #count(answer: ReloadAnswer): void {
    this.counts[answer.applied ? 'applied' : 'refused'] += 1
  }

  #say(asked: string, answer: ReloadAnswer): void {
    const { logger } = this.#parts
    if ('problems' in answer) {
      const { problems } = answer
      const says = `${asked}: the config is wrong, nothing has changed: ${someOf(problems.map(formatProblem))}`
      return logger.error({ problems }, says)
    }
    const { changes, needsRestart } = answer.plan
    const paths = changes.map(({ path }) => path)
    const stateVersion = answer.applied ? answer.stateVersion : undefined
    const what = paths.length === 0 ? 'nothing has changed' : `changed: ${someOf(paths)}`
    logger.info({ stateVersion, changes: paths.length }, `${asked}: config reloaded; ${what}`)
    if (needsRestart.length === 0) return
    const restart = needsRestart.map(({ path }) => path)
    const stays = restart.length === 1 ? 'stays as it is' : 'stay as they are'
    logger.warn({ needsRestart: restart }, `${asked}: ${someOf(restart)} ${stays} until copyloop is restarted`)
  }
}

const refused = (problems: readonly Problem[]): ReloadAnswer => ({ applied: false, problems })

const openSockets = async (sockets: ListeningSockets, { config, problemOf }: LoadedConfig) => {
  try {
    return await sockets.prepare(config.listeners)
  } catch (error) {
    if (!(error instanceof SocketRefused)) throw error
    const index = config.listeners.findIndex(({ name }) => name === error.listener)
    throw new ConfigError([problemOf({ path: ['listeners', index, 'listen'], at: 'value', message: error.message })])
  }
}
