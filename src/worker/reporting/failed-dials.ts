import { hostMs, nowMs } from '../../clock.ts'
import type { FailedServer, WorkerNews } from '../../ipc/messages.ts'
import type { Server } from '../../upstream/server.ts'

/** The most often that the primary is told: 40 times a second, of all servers together. */
const TELL_EVERY_MS = 25
/** As many as a row of failures may be long (`ejection.failures`); of more, the last ones count. */
const MOST_TIMES = 100

interface Failures {
  readonly server: Server
  error: string
  times: number
  failedAtMs: number[]
}

/** Tells the primary of failed dials: of the first at once, so that it can act, and of many not too often. */
export class FailedDials {
  readonly #tell: (news: WorkerNews) => void
  #untold = new Map<string, Map<string, Failures>>()
  #toldMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(tell: (news: WorkerNews) => void) {
    this.#tell = tell
  }

  add(upstream: string, server: Server, error: Error): void {
    const failures = this.#failuresOf(upstream, server)
    failures.error = error.message
    failures.times += 1
    const now = nowMs()
    failures.failedAtMs.push(hostMs(now))
    if (failures.failedAtMs.length > MOST_TIMES) failures.failedAtMs.shift()
    if (this.#timer !== undefined) return
    const dueInMs = this.#toldMs + TELL_EVERY_MS - now
    if (dueInMs <= 0) this.#tellAll()
    // Nothing waits for it: an idle worker must be able to end.
    else this.#timer = setTimeout(() => this.#tellAll(), dueInMs).unref()
  }

  #failuresOf(upstream: string, server: Server): Failures {
    const servers = this.#untold.get(upstream) ?? new Map<string, Failures>()
    this.#untold.set(upstream, servers)
    const failures = servers.get(server.name) ?? { server, error: '', times: 0, failedAtMs: [] }
    servers.set(server.name, failures)
    return failures
  }

  #tellAll(): void {
    this.#timer = undefined
    this.#toldMs = nowMs()
    const servers: FailedServer[] = []
    for (const [upstream, failed] of this.#untold) {
      for (const [name, { server, ...rest }] of failed) {
        const reachedAtMs = server.reachedMs === 0 ? 0 : hostMs(server.reachedMs)
        servers.push({ upstream, server: name, ...rest, reachedAtMs })
      }
    }
    this.#untold = new Map()
    this.#tell({ kind: 'dialsFailed', servers })
  }
}
