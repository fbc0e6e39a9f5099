/** Drives connections, many at a time, each from its plan to its check. */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Join, UNKNOWN_CLIENT } from '../check/join.ts'
import { HEAD_BYTES, type PlanSettings, planOf } from '../plan/plan.ts'
import type { Road, Transport } from '../plan/road.ts'
import { ByteSource } from './byte-source.ts'
import { clientName, connectClient } from './connect-client.ts'
import { Endpoint } from './endpoint.ts'
import type { Lane, Lanes } from './lanes.ts'
import { headerOf } from './proxy-header.ts'
import { follow } from './script.ts'
import type { Guests, Servers } from './servers.ts'
import { Visit } from './visit.ts'

export interface LoadEvents {
  /** The connection is over, and its line was found or is overdue. */
  ended(visit: Visit): Promise<void>
  leftSilently(road: Road): void
  /** A fault that belongs to no single connection. */
  fault(text: string): void
}

export interface LoadSettings extends PlanSettings {
  readonly concurrency: number
  /** By the road's name. */
  readonly lanes: ReadonlyMap<string, Lanes>
  readonly servers: Servers
  readonly join: Join
  /** Every connection has the plan of this number. */
  readonly only?: number | undefined
  /** How long a line may take after the end of its connection. */
  readonly lineWithinMs: number
  /** Whether connections that end now may belong to a killed worker. */
  mayBeCut(): boolean
  /** A connection that moves nothing for this long hangs. */
  readonly hangsAfterMs: number
}

const LOOK_EVERY_MS = 500

export class Load implements Guests {
  /** Connections that were opened, by listener. */
  readonly opened = new Map<string, number>()
  readonly #settings: LoadSettings
  readonly #events: LoadEvents
  /** Living connections, and those that wait for their line. */
  readonly #visits = new Map<number, Visit>()
  readonly #checks = new Set<Promise<void>>()
  #next = 0

  constructor(settings: LoadSettings, events: LoadEvents) {
    this.#settings = settings
    this.#events = events
    settings.servers.receiveFor(this)
  }

  /** Connections that live. */
  get living(): number {
    let living = 0
    for (const { endedMs } of this.#visits.values()) if (endedMs === 0) living += 1
    return living
  }

  /** Keeps connections going until `over` returns true, and resolves when all of them were checked. */
  async run(over: () => boolean): Promise<void> {
    const watch = setInterval(() => this.#watch(), LOOK_EVERY_MS)
    const keepGoing = async (): Promise<void> => {
      while (!over()) await this.#visit()
    }
    await Promise.all(Array.from({ length: this.#settings.concurrency }, keepGoing))
    while (this.#checks.size > 0) await Promise.all(this.#checks)
    clearInterval(watch)
  }

  arrived(number: number, road: Road, endpoint: Endpoint, ready: Promise<void>): void {
    const visit = this.#visits.get(number)
    if (visit === undefined || visit.plan.road !== road || visit.server !== undefined) {
      const why =
        visit === undefined ? 'nobody is' : visit.server ? 'another connection is already' : 'another road leads to'
      this.#events.fault(`${road.name}: a server was reached by a client that says that it is ${number}, which ${why}`)
      endpoint.socket.destroy()
      return
    }
    visit.meet(endpoint)
    if (endpoint.header && endpoint.header.client !== visit.address) {
      this.#events.fault(`${road.name}: ${visit.address} was named ${endpoint.header.client} to its server`)
    }
    endpoint.expects = { bytes: ByteSource.ofClient(number), mangled: road.inspection === 'mangle' }
    if (road.manner !== 'greets') endpoint.sends = ByteSource.ofServer(number)
    void ready.then(() => follow(endpoint, visit.plan.server))
  }

  leftSilently(road: Road): void {
    this.#events.leftSilently(road)
  }

  cutShort(road: Road, bytes: number): void {
    // On a unix socket a reset is a close.
    if (road.client === 'unix' || road.server === 'unix' || this.#settings.mayBeCut()) return
    this.#events.fault(`${road.name}: a server got a FIN after ${bytes} bytes, which no client sent`)
  }

  /** One connection, until both its ends are closed. */
  async #visit(): Promise<void> {
    const { only, lanes, join } = this.#settings
    const number = this.#next++
    const plan = { ...planOf(only ?? number, this.#settings), number }
    const { road } = plan
    const ofRoad = lanes.get(road.name)
    if (ofRoad === undefined) throw new Error(`no listener leads to ${road.name}`)
    const lane = await ofRoad.take()
    const beganMs = performance.now()
    const socket = await this.#connect(road.client, lane, number)
    if (socket === undefined) return ofRoad.giveBack(lane)
    if (road.keys === 'proxyProtocol') socket.write(headerOf(socket))
    const stranger = plan.road.manner !== 'waits' || silent(plan.client.steps)
    const bytes = stranger ? ByteSource.ofStranger() : ByteSource.ofServer(number)
    const expects = { bytes, mangled: road.inspection === 'mangle' }
    const client = new Endpoint(socket, road.client, ByteSource.ofClient(number), expects)
    const address = clientName(socket, road.client)
    const { listener } = lane
    const wait = join.expect(listener, address)
    const visit = new Visit({ plan, listener, client, address, wait, beganMs })
    this.opened.set(listener, (this.opened.get(listener) ?? 0) + 1)
    this.#visits.set(number, visit)
    void follow(client, plan.client)
    await visit.over()
    const check = this.#settle(visit).finally(() => {
      this.#visits.delete(number)
      this.#checks.delete(check)
      ofRoad.giveBack(lane)
    })
    this.#checks.add(check)
  }

  async #settle(visit: Visit): Promise<void> {
    const line = await visit.wait.line
    // The server's socket has the head; this process comes to it when it comes to it.
    const isMet = line !== undefined && line.client !== UNKNOWN_CLIENT && line.bytesToUpstream >= HEAD_BYTES
    if (isMet) await Promise.race([visit.met, sleep(this.#settings.lineWithinMs, undefined, { ref: false })])
    await visit.over()
    await this.#events.ended(visit)
  }

  async #connect(transport: Transport, lane: Lane, number: number): Promise<Socket | undefined> {
    try {
      return await connectClient(transport, lane, number)
    } catch (error) {
      this.#events.fault(`${lane.listener}: a client could not connect: ${(error as Error).message}`)
      return undefined
    }
  }

  #watch(): void {
    const now = performance.now()
    for (const visit of this.#visits.values()) {
      if (visit.endedMs > 0 && now - visit.endedMs > this.#settings.lineWithinMs) visit.wait.giveUp()
      if (visit.endedMs === 0 && visit.stillMs(now) > this.#settings.hangsAfterMs) visit.abandon()
    }
  }
}

const silent = (steps: readonly { does: string }[]): boolean => steps.every(({ does }) => does !== 'send')
