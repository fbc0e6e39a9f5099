import type { Plan, Side, Step } from './plan.ts'
import type { Random } from './random.ts'

const SHARE = 0.03
const MOST_PAUSES = 12
/** Shorter than what a kill's cut takes to be noticed; see chaos/kills.ts. */
const LONGEST_PAUSE_MS = 3_000
const LONGEST_PIECE = 2_000

/** Lets one of some dozens of plans go on for half a minute: such a connection is handed over several times. */
export const lasting = (plan: Plan, random: Random): Plan => {
  const { road, client, server } = plan
  const isScarce = road.client === 'unix' || road.keys === 'queue' || road.keys === 'limits'
  const isSilent = !client.steps.some(({ does }) => does === 'send')
  if (random.next() >= SHARE || isScarce || isSilent) return plan
  const pauses = random.between(1, MOST_PAUSES)
  return { ...plan, client: lengthened(client, pauses, random), server: lengthened(server, pauses, random) }
}

/** Behind one of its sends, from where it can go on sending. */
const lengthened = ({ steps, reader }: Side, pauses: number, random: Random): Side => {
  const places = steps.flatMap(({ does }, index) => (does === 'send' ? [index + 1] : []))
  if (places.length === 0) return { steps, reader }
  const at = random.pick(places)
  const more = Array.from({ length: pauses }, (): Step[] => {
    const bytes = random.size(LONGEST_PIECE)
    return [
      { does: 'pause', ms: random.between(300, LONGEST_PAUSE_MS) },
      { does: 'send', bytes, piece: bytes },
    ]
  })
  return { steps: [...steps.slice(0, at), ...more.flat(), ...steps.slice(at)], reader }
}
