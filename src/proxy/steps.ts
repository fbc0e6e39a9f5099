import { nowMs } from '../clock.ts'
import type { Address } from '../config/fields/address.ts'
import type { Peer } from '../engine/peer.ts'
import type { AcceptedHeaders } from '../serving/state.ts'
import type { Waiting } from '../upstream/queue.ts'
import type { Server } from '../upstream/server.ts'
import { admitClient, overLimit } from './admit/admit.ts'
import type { Arrival } from './admit/limits/arrivals.ts'
import { proxiedClient } from './admit/proxy-header/client-header.ts'
import type { ProxyHeader } from './admit/proxy-header/header.ts'
import { receiveHeader } from './admit/proxy-header/receive-header.ts'
import { type Dialler, DialTimeout, waitedTooLong } from './dial/dial.ts'
import { waitInQueue } from './dial/wait-in-queue.ts'
import { ConnectionEnded, type End } from './outcome.ts'
import { type ConnectionRecord, clientKeyOf, clientOf, type NextClock, type Phase } from './record.ts'
import type { Service } from './service.ts'
import { NEVER, type WheelEntry } from './timing/timer-wheel.ts'

/** What a connection waits for before its relay: the client's bytes, a place at a server, a connect. */
interface Step {
  /** Has the wait end with this error. Does nothing once it has ended. */
  cancel(error: Error): void
}

/** The connection whose steps they are. The service's wheel wakes it when a step is late; it then calls `due`. */
export interface StepsOwner extends WheelEntry {
  /** Why it was cut short, if it was. */
  readonly cutShort: End | undefined
  /** The client that a PROXY header names is admitted, and counted like this until it leaves. */
  onArrival(arrival: Arrival | undefined): void
}

/**
 * The steps of a connection before its relay, one at a time. Each may be late, and may be cut short. Nothing of them is
 * kept once the relay has begun.
 */
export class Steps implements Dialler {
  readonly #record: ConnectionRecord
  readonly #service: Service
  readonly #owner: StepsOwner
  #step: Step | undefined
  #beganMs = 0
  #deadlineMs = 0
  /** The whole dial ends by then; 0 before its first step. */
  #dialDeadlineMs = 0

  constructor(record: ConnectionRecord, service: Service, owner: StepsOwner) {
    this.#record = record
    this.#service = service
    this.#owner = owner
  }

  /** Waits for what a client must send before a server is dialled, and takes it. */
  async preread(accepted: AcceptedHeaders): Promise<ProxyHeader> {
    const record = this.#record
    record.phase = 'preread'
    const deadlineMs = record.acceptedMs + this.#service.timeouts.prereadMs
    const header = await receiveHeader(record.peer, accepted, (peek) => this.#waitFor(peek, deadlineMs - nowMs()))
    record.proxied = { ...proxiedClient(header), readMs: nowMs() }
    this.#owner.onArrival(admitClient(this.#service.admission, clientKeyOf(record)))
    return header
  }

  get client(): string {
    return clientOf(this.#record)
  }

  get isOutOfTime(): boolean {
    return this.#dialDeadlineMs > 0 && nowMs() >= this.#dialDeadlineMs
  }

  queueing(waiting: Waiting, timeoutMs: number): Promise<Server> {
    const waitedMs = this.#record.queue?.ms ?? 0
    const server = waitInQueue(waiting, this.#record, this.#service.events)
    this.#waitFor(waiting, timeoutMs - waitedMs)
    // The wait is no part of the dial.
    this.#dialDeadlineMs = 0
    return server
  }

  attempt(server: Server, address: Address): Promise<Peer> {
    this.#record.server = server
    this.#record.attempts += 1
    const dialling = this.#service.engine.dial(address)
    this.#waitForDial(dialling)
    return dialling.peer
  }

  failed(server: Server, error: Error): void {
    const record = this.#record
    record.server = server
    record.tried = [...(record.tried ?? []), { server, error, beganMs: this.#beganMs, ms: nowMs() - this.#beganMs }]
    this.#service.events.dialFailed(record, server, error)
  }

  overLimit(): ConnectionEnded {
    return overLimit(this.#service.admission)
  }

  /** Ends the step that is under way. */
  cancel(end: End): void {
    this.#step?.cancel(new ConnectionEnded(end))
  }

  /** The clock of the step that is under way. */
  nextClock(): NextClock | undefined {
    const clock = CLOCK_OF[this.#record.phase]
    return clock && this.#step && { clock, atMs: this.#deadlineMs }
  }

  /** Cancels a step that is late. Returns when to look again. */
  due(now: number): number {
    if (now < this.#deadlineMs) return this.#deadlineMs
    this.#step?.cancel(lateError(this.#record.phase))
    return NEVER
  }

  /** A step of the dial may take `connect`; all together take no longer than if each server took that. */
  #waitForDial(step: Step): void {
    const { pool, timeouts } = this.#service
    this.#dialDeadlineMs ||= nowMs() + timeouts.connectMs * (pool.retries + 1)
    this.#waitFor(step, Math.min(timeouts.connectMs, this.#dialDeadlineMs - nowMs()))
  }

  #waitFor(step: Step, withinMs: number): void {
    this.#step = step
    this.#beganMs = nowMs()
    this.#deadlineMs = this.#beganMs + withinMs
    this.#service.wheel.wakeWithin(this.#owner, withinMs)
    const { cutShort } = this.#owner
    if (cutShort) step.cancel(new ConnectionEnded(cutShort))
  }
}

const CLOCK_OF: Partial<Record<Phase, NextClock['clock']>> = { preread: 'preread', queue: 'queue', dial: 'connect' }

/** The error for a step that took too long. Another server may be dialled after a late dial; the other steps have no second try. */
const lateError = (phase: Phase): Error => {
  if (phase === 'preread') return new ConnectionEnded({ outcome: 'prereadTimeout', endedBy: 'proxy' })
  return phase === 'queue' ? waitedTooLong() : new DialTimeout('no answer in time')
}
