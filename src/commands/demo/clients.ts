import { setMaxListeners } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Address } from '../../config/fields/address.ts'

/** What a client does over and over, and how long it waits in between. */
interface Habit {
  readonly clients: number
  readonly pauseMs: readonly [least: number, most: number]
  visit(target: Target, signal: AbortSignal): Promise<void>
}

type Target = { readonly host: string; readonly port: number } | { readonly socketPath: string }

const between = ([least, most]: readonly [number, number]): number => least + Math.random() * (most - least)
const whole = (least: number, most: number): number => Math.round(between([least, most]))

/** A few connections a second, and about ten that stay for a while. */
const HABITS: readonly Habit[] = [
  // Looks at a page.
  {
    clients: 4,
    pauseMs: [500, 1_500],
    visit: (target, signal) => fetchIt(target, `/page?bytes=${whole(1_000, 60_000)}`, { signal }),
  },
  // Looks at several, over one connection.
  {
    clients: 3,
    pauseMs: [1_000, 4_000],
    visit: async (target, signal) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (let pages = whole(3, 12); pages > 0 && !signal.aborted; pages--) {
        await fetchIt(target, `/page?bytes=${whole(1_000, 20_000)}`, { signal, agent })
        await pause(between([500, 2_500]), undefined, { signal })
      }
      agent.destroy()
    },
  },
  // Downloads slowly.
  {
    clients: 3,
    pauseMs: [1_000, 6_000],
    visit: (target, signal) => {
      const seconds = whole(10, 40)
      return fetchIt(target, `/feed?bytes=${seconds * whole(20_000, 90_000)}&seconds=${seconds}`, { signal })
    },
  },
  // Uploads.
  {
    clients: 1,
    pauseMs: [2_000, 5_000],
    visit: (target, signal) => fetchIt(target, '/upload', { signal, body: '.'.repeat(whole(20_000, 300_000)) }),
  },
  // Does not wait for the end.
  {
    clients: 1,
    pauseMs: [8_000, 15_000],
    visit: (target, signal) =>
      fetchIt(target, '/feed?bytes=2000000&seconds=20', {
        signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]),
      }),
  },
]

interface Visit {
  readonly signal: AbortSignal
  readonly agent?: Agent
  readonly body?: string
}

/** One request. That it cannot be answered, or is cut short, is part of what a demo shows. */
const fetchIt = (target: Target, path: string, { signal, agent, body }: Visit): Promise<void> =>
  new Promise((resolve) => {
    const method = body === undefined ? 'GET' : 'POST'
    const asking = request({ ...target, path, method, agent: agent ?? false, signal }, (response) => {
      response.resume().on('error', () => {})
    })
    asking.on('error', () => {}).once('close', resolve)
    asking.end(body)
  })

/** Gentle traffic of clients for the demo, as long as somebody looks. */
export class Clients {
  readonly #target: Target
  #stop: AbortController | undefined

  constructor(proxy: Address) {
    this.#target =
      proxy.kind === 'unix' ? { socketPath: proxy.path } : { host: reachable(proxy.host), port: proxy.port }
  }

  start(): void {
    if (this.#stop) return
    this.#stop = new AbortController()
    // Each client listens to it, and it is no leak.
    setMaxListeners(0, this.#stop.signal)
    for (const habit of HABITS) {
      for (let client = 0; client < habit.clients; client++) void this.#live(habit, this.#stop.signal)
    }
  }

  /** Cuts short what is open. */
  stop(): void {
    this.#stop?.abort()
    this.#stop = undefined
  }

  async #live({ pauseMs, visit }: Habit, signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await pause(Math.random() * pauseMs[1], undefined, { signal })
        await visit(this.#target, signal)
        await pause(between(pauseMs), undefined, { signal })
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

/** An address that listens everywhere is reached here. */
const reachable = (host: string): string => (['', '0.0.0.0', '::'].includes(host) ? 'localhost' : host)
