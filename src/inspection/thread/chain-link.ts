import type { Direction } from '../../engine/engine.ts'
import type { AnyInspector, ConnectionSummary, InspectedConnection } from '../api/define-inspector.ts'
import type { Verdict } from '../api/verdict.ts'
import type { CountRow } from '../shared/count-row.ts'
import { readVerdict } from './read-verdict.ts'
import { refusePromise } from './refuse-promise.ts'

/** An inspector as a listener has configured it, loaded into this thread. */
export interface ConfiguredInspector {
  readonly inspector: AnyInspector
  /** What its schema made of the options. */
  readonly options: unknown
  readonly directions: 'both' | Direction
  readonly firstBytes: number
  readonly onFailure: 'close' | 'pass'
  readonly counts: CountRow
}

/** What one inspector has of one direction. */
class LinkSide {
  inspecting: boolean
  seen = 0
  held: Uint8Array[] = []
  heldBytes = 0

  constructor(inspecting: boolean) {
    this.inspecting = inspecting
  }
}

/** One inspector of one connection. */
export class ChainLink {
  readonly configured: ConfiguredInspector
  readonly toUpstream: LinkSide
  readonly toClient: LinkSide
  readonly #connection: InspectedConnection
  #state: unknown
  #opened = false

  constructor(configured: ConfiguredInspector, connection: InspectedConnection) {
    this.configured = configured
    this.#connection = connection
    this.toUpstream = new LinkSide(configured.directions !== 'toClient')
    this.toClient = new LinkSide(configured.directions !== 'toUpstream')
  }

  /** @throws whatever the inspector throws, or a TypeError about its verdict */
  judge(direction: Direction, bytes: Uint8Array): Verdict {
    const { inspector, counts } = this.configured
    counts.chunk(bytes.length)
    this[direction].seen += bytes.length
    const shown = shownBytes(bytes)
    return this.#ask(() => inspector.chunk(this.#state, shown, direction, this.#connection))
  }

  /** Undefined if the inspector does not care about ends. Throws as `judge` does. */
  judgeEnd(direction: Direction): Verdict | undefined {
    const { inspector } = this.configured
    return inspector.end && this.#ask(() => inspector.end?.(this.#state, direction, this.#connection))
  }

  close(summary: ConnectionSummary): void {
    if (this.#opened)
      refusePromise(this.configured.inspector.close?.(this.#state, summary), '`close` returned a promise')
  }

  hold(direction: Direction, bytes: Uint8Array): void {
    const side = this[direction]
    // The bytes stand in the arena, and will be others in the next batch.
    side.held.push(new Uint8Array(bytes))
    side.heldBytes += bytes.length
  }

  /** Hands out what it held of a direction. */
  release(direction: Direction): Uint8Array[] {
    const side = this[direction]
    const { held } = side
    side.held = []
    side.heldBytes = 0
    return held
  }

  detach(from: Direction | 'connection'): void {
    if (from !== 'toClient') this.toUpstream.inspecting = false
    if (from !== 'toUpstream') this.toClient.inspecting = false
  }

  /** It has seen as much of a direction as it was to see. */
  sawEnough(direction: Direction): boolean {
    return this[direction].seen >= this.configured.firstBytes && this[direction].heldBytes === 0
  }

  #ask(question: () => unknown): Verdict {
    const { inspector, options, counts } = this.configured
    const startMs = performance.now()
    try {
      if (!this.#opened) {
        this.#opened = true
        this.#state = inspector.open?.(this.#connection, options)
        refusePromise(this.#state, '`open` returned a promise; a state is given at once')
      }
      const verdict = readVerdict(question())
      counts.verdict(verdict.verdict)
      return verdict
    } finally {
      counts.time((performance.now() - startMs) * 1000)
    }
  }
}

/** What is not in the arena goes on itself: an inspector may write to its bytes, and even give their memory away. */
const shownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.buffer instanceof SharedArrayBuffer ? bytes : new Uint8Array(bytes)
