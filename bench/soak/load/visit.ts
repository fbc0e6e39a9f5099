import type { ConnectionFacts, Line } from '../check/facts.ts'
import type { LineWait } from '../check/join.ts'
import type { Plan } from '../plan/plan.ts'
import type { Endpoint } from './endpoint.ts'
import { HASTY_BYTES } from './servers.ts'

type VisitParts = Pick<Visit, 'plan' | 'listener' | 'client' | 'address' | 'wait' | 'beganMs'>

/** One connection through the proxy, until its log line is found. */
export class Visit {
  readonly plan: Plan
  readonly listener: string
  readonly client: Endpoint
  /** The client's address, as the log writes it. */
  readonly address: string
  readonly wait: LineWait
  /** When it began to connect. */
  readonly beganMs: number
  /** Resolves when the server has the client's number. */
  readonly met: Promise<void>
  #server: Endpoint | undefined
  #meet = (): void => {}
  /** 0 while it lives. */
  endedMs = 0
  hangs = false
  #moved = 0
  #movedMs = performance.now()

  constructor({ plan, listener, client, address, wait, beganMs }: VisitParts) {
    this.plan = plan
    this.listener = listener
    this.client = client
    this.address = address
    this.wait = wait
    this.beganMs = beganMs
    this.met = new Promise((resolve) => {
      this.#meet = resolve
    })
  }

  get server(): Endpoint | undefined {
    return this.#server
  }

  meet(server: Endpoint): void {
    this.#server = server
    this.#meet()
  }

  /** Whether both ends are closed, if there are two. */
  async over(): Promise<void> {
    await this.client.closed
    await this.server?.closed
    this.endedMs ||= performance.now()
  }

  /** @param line undefined if there is none */
  facts(line: Line | undefined): ConnectionFacts {
    return {
      client: this.client.facts(),
      server: this.server?.facts(),
      ...(this.plan.road.manner === 'resets' && { strangerSends: HASTY_BYTES }),
      isLimited: this.plan.road.keys === 'limits',
      line,
    }
  }

  /** How long neither end has sent or received anything. */
  stillMs(now: number): number {
    const moved = this.#bytesOf(this.client) + this.#bytesOf(this.server)
    if (moved !== this.#moved) {
      this.#moved = moved
      this.#movedMs = now
    }
    return now - this.#movedMs
  }

  /** Ends it by force. */
  abandon(): void {
    this.hangs = true
    this.client.socket.destroy()
    this.server?.socket.destroy()
  }

  #bytesOf(endpoint: Endpoint | undefined): number {
    return endpoint ? endpoint.sent + endpoint.received + (endpoint.isOver ? 1 : 0) : 0
  }
}
