import type { Engine, Flow, Peer, Relay, RelayOwner, Side } from '../../src/engine/engine.ts'
import type { GivenRelay } from '../../src/engine/hand-over/given-relay.ts'
import type { Meter } from '../../src/engine/meter.ts'
import { Random } from './random.ts'

/** Longer than what a relay waits for: it begins anew with each move. */
const LONGEST_STAY_MS = 1_000

/** An engine whose relays are handed over, again and again, each time to a new relay of the same process. */
export const movingEngine = (engine: Engine, seed: number): Engine => {
  const random = new Random(seed)
  return {
    ...engine,
    relay: (client, upstream, owner, meter, tap) =>
      tap
        ? engine.relay(client, upstream, owner, meter, tap)
        : new MovingRelay(engine, client, upstream, owner, meter, (moves) =>
            random.between(0, Math.min(2 ** moves, LONGEST_STAY_MS)),
          ),
  }
}

class MovingRelay implements Relay {
  readonly toUpstream: Flow = new CurrentFlow(() => this.#relay.toUpstream)
  readonly toClient: Flow = new CurrentFlow(() => this.#relay.toClient)
  readonly #engine: Engine
  readonly #owner: RelayOwner
  readonly #meter: Meter
  readonly #stayMs: (moves: number) => number
  #moves = 0
  #peers: readonly Peer[]
  #relay: Relay
  #timer: NodeJS.Timeout | undefined

  constructor(
    engine: Engine,
    client: Peer,
    upstream: Peer,
    owner: RelayOwner,
    meter: Meter,
    stayMs: (moves: number) => number,
  ) {
    this.#engine = engine
    this.#owner = owner
    this.#meter = meter
    this.#stayMs = stayMs
    this.#peers = [client, upstream]
    this.#relay = this.#between(client, upstream)
  }

  #between(client: Peer, upstream: Peer): Relay {
    const onRelayEnd: RelayOwner['onRelayEnd'] = (end) => {
      clearTimeout(this.#timer)
      for (const peer of this.#peers) end.how === 'completed' ? peer.close() : peer.reset()
      this.#owner.onRelayEnd(end)
    }
    return this.#engine.relay(client, upstream, { onRelayEnd }, this.#meter)
  }

  start(): void {
    this.#moveSoon()
    this.#relay.start()
  }

  #moveSoon(): void {
    this.#timer = setTimeout(() => this.#move(), this.#stayMs(this.#moves))
  }

  #move(): void {
    const given = this.#relay.give()
    if (given === undefined) return
    this.#moves += 1
    const adopt = (side: Side): Peer => {
      const peer = this.#engine.handOver?.adopt(given[side], side)
      if (peer === undefined) throw new Error('the engine cannot hand over')
      return peer
    }
    this.#peers = [adopt('client'), adopt('upstream')]
    const [client, upstream] = this.#peers as [Peer, Peer]
    this.#relay = this.#between(client, upstream)
    this.#moveSoon()
    this.#relay.start(given)
  }

  give(): GivenRelay | undefined {
    return this.#relay.give()
  }

  get resetBy() {
    return this.#relay.resetBy
  }

  refresh(now: number): void {
    this.#relay.refresh(now)
  }

  catchUp(now: number): boolean {
    return this.#relay.catchUp(now)
  }

  pendingBytes(direction: Parameters<Relay['pendingBytes']>[0]): number {
    return this.#relay.pendingBytes(direction)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#relay.stop()
  }
}

/** A flow of whichever relay has the sockets now. */
class CurrentFlow implements Flow {
  readonly #current: () => Flow

  constructor(current: () => Flow) {
    this.#current = current
  }

  get bytes() {
    return this.#current().bytes
  }

  get firstByteMs() {
    return this.#current().firstByteMs
  }

  get lastByteMs() {
    return this.#current().lastByteMs
  }

  get heldSinceMs() {
    return this.#current().heldSinceMs
  }

  get endedMs() {
    return this.#current().endedMs
  }
}
