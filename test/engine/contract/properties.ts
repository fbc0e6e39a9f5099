import fc from 'fast-check'
import { expect } from 'vitest'
import { otherSide } from '../../../src/engine/direction.ts'
import type { Side } from '../../../src/engine/engine.ts'
import { countSockets } from '../../support/descriptors.ts'
import type { Connection, RelayHarness } from '../../support/relay-harness.ts'
import { until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { flowFrom, SIDES } from './expectations.ts'

type Deed = { what: 'write'; length: number } | { what: 'pause' | 'resume' | 'fin' | 'reset' }
/** What a side does, and how many turns of the event loop pass before the next step. */
type Step = { side: Side; deed: Deed; turns: number }

const deeds = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ what: fc.constant('write' as const), length: fc.integer({ min: 1, max: 300_000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('pause' as const, 'resume' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('fin' as const, 'reset' as const) }) },
)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ side: fc.constantFrom(...SIDES), deed: deeds, turns: fc.integer({ min: 0, max: 5 }) }),
  { maxLength: 40 },
)

/** FAST_CHECK_SEED repeats the run whose seed a failure shows; FAST_CHECK_RUNS is for a longer search. */
const { FAST_CHECK_SEED: seed, FAST_CHECK_RUNS: runs = '150' } = process.env
const parameters = { numRuns: Number(runs), endOnFailure: true, ...(seed === undefined ? {} : { seed: Number(seed) }) }

export const properties: Theme = ({ it }) => {
  it('keeps its promises whatever the two sides do, in whatever order', async (harness) => {
    const sockets = countSockets()
    const property = fc.asyncProperty(steps, async (plan) => {
      await live(harness, plan)
      await until('every socket of the connection closed', () => countSockets() === sockets)
    })
    await fc.assert(property, parameters)
  }, 60_000)
}

/** What has happened to a side, as far as the other can be held to it. */
interface Story {
  finished: boolean
  reset: boolean
  paused: boolean
  /**
   * The other reset while bytes of its own waited for the kernel, or it writes or ends after that: its write fails, and
   * node:net then reads no more. Or it was paused: node:net had read ahead, and throws that away when the error comes.
   */
  mayMissTheRest: boolean
}

const newStory = (): Story => ({ finished: false, reset: false, paused: false, mayMissTheRest: false })

const live = async (harness: RelayHarness, plan: readonly Step[]): Promise<void> => {
  const connection = await harness.connect()
  const stories: Record<Side, Story> = {
    client: newStory(),
    upstream: newStory(),
  }
  for (const { side, deed, turns } of plan) {
    act(connection, stories, side, deed)
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
  }
  for (const side of SIDES) {
    if (stories[side].reset) continue
    connection[side].resume()
    const { reset, finished } = stories[otherSide(side)]
    // A reset that no FIN came before ends it by itself.
    if (!stories[side].finished && !(reset && !finished)) act(connection, stories, side, { what: 'fin' })
  }
  await expectPromisesKept(connection, stories)
}

const act = (connection: Connection, stories: Record<Side, Story>, side: Side, deed: Deed): void => {
  const [story, other] = [stories[side], stories[otherSide(side)]]
  const endpoint = connection[side]
  if (story.reset || endpoint.socket.destroyed) return
  story.mayMissTheRest ||= other.reset && deed.what !== 'resume'
  if (deed.what === 'write') {
    if (story.finished) return
    endpoint.send(deed.length)
  } else if (deed.what === 'reset') {
    endpoint.reset()
    story.reset = true
    other.mayMissTheRest ||= other.paused || connection[otherSide(side)].socket.writableLength > 0
  } else if (deed.what === 'fin') {
    if (story.finished) return
    endpoint.fin()
    story.finished = true
  } else {
    story.paused = deed.what === 'pause'
    endpoint[deed.what]()
  }
}

const expectPromisesKept = async (connection: Connection, stories: Record<Side, Story>): Promise<void> => {
  const end = await within('the end of the relay', connection.ended)
  const resetters = SIDES.filter((side) => stories[side].reset)
  if (resetters.length === 0) expect(end.how).toBe('completed')
  if (end.how === 'reset') expect(resetters).toContain(end.by)
  // Whoever has sent FIN may be complete before its RST comes.
  else expect(resetters.every((side) => stories[side].finished)).toBe(true)

  for (const side of SIDES) {
    const [living, sender] = [connection[side], connection[otherSide(side)]]
    if (stories[side].reset) continue
    const ending = await within('the last byte', living.receivedAll)
    const delivered = flowFrom(connection, otherSide(side)).bytes
    expect(living.wrongAt).toBeUndefined()
    if (stories[side].mayMissTheRest) expect(living.received).toBeLessThanOrEqual(delivered)
    else expect(living.received).toBe(delivered)
    if (ending === 'FIN') {
      expect(stories[otherSide(side)].finished).toBe(true)
      // A RST may overtake what was sent before it in the sender's own kernel, but never for a FIN to follow.
      expect(living.received).toBe(sender.sent)
    } else {
      expect(resetters).toContain(otherSide(side))
    }
  }
}
