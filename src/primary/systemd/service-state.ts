import type { Logger } from 'pino'
import { monotonicUs } from '../../clock.ts'
import type { Config } from '../../config/schema.ts'
import type { SystemdEnvironment } from './environment.ts'
import { Notifier } from './notifier.ts'

/**
 * What systemd knows of copyloop as a service of `Type=notify` or `notify-reload`:
 *
 *   starting ──READY=1──▶ running ──STOPPING=1──▶ stopping
 *                          │   ▲
 *              RELOADING=1 ▼   │ READY=1
 *                        reloading
 *
 * Without systemd, or another program that wants to know, nothing is sent.
 */
export class ServiceState {
  readonly #notifier: Notifier | undefined
  readonly #watchdog: NodeJS.Timeout | undefined
  #workers = 0
  #isReady = false
  /** Under way, or waiting for their turn. */
  #reloads = 0

  constructor({ notifySocket, watchdogMs }: SystemdEnvironment, logger: Logger) {
    if (notifySocket === undefined) return
    const notifier = new Notifier(notifySocket, logger)
    this.#notifier = notifier
    if (watchdogMs === undefined) return
    // That this loop runs is the sign of life: the primary watches its workers itself, and replaces those that are silent.
    this.#watchdog = setInterval(() => notifier.tell('WATCHDOG=1'), watchdogMs / 2).unref()
  }

  /** Every listener is served. */
  ready(config: Config, workers: number): void {
    this.#workers = workers
    this.#isReady = true
    this.#notifier?.tell('READY=1', `MAINPID=${process.pid}`, `STATUS=${this.#serving(config)}`)
  }

  reloading(): void {
    this.#reloads += 1
    // systemd compares the time with when it asked for the reload.
    if (this.#isReady) this.#notifier?.tell('RELOADING=1', `MONOTONIC_USEC=${monotonicUs()}`, 'STATUS=reloading')
  }

  /** @param config what is in effect: it may be what it was before */
  reloaded(config: Config): void {
    this.#reloads -= 1
    if (this.#isReady && this.#reloads === 0) this.#notifier?.tell('READY=1', `STATUS=${this.#serving(config)}`)
  }

  /** systemd has a limit of its own for this (TimeoutStopSec=), and waits longer if it is told so. */
  stopping(withinMs: number): void {
    this.#isReady = false
    const status = `STATUS=stopping within ${withinMs / 1000} s`
    this.#notifier?.tell('STOPPING=1', status, `EXTEND_TIMEOUT_USEC=${withinMs * 1000}`)
  }

  close(): void {
    clearInterval(this.#watchdog)
  }

  #serving({ listeners }: Config): string {
    const [first] = listeners
    const what = listeners.length === 1 && first ? `listener ${first.name}` : `${listeners.length} listeners`
    return `serving ${what} with ${this.#workers} worker${this.#workers === 1 ? '' : 's'}`
  }
}
