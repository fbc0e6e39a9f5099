/** The fields of limits. */
import { z } from 'zod'
import { show } from '../problems/show.ts'
import { Unreadable } from '../problems/unreadable.ts'
import { count, either, reading, section, write } from './fields.ts'

/** So many in a time, of which `burst` may come at once. */
export interface RateLimit {
  readonly count: number
  readonly perMs: number
  readonly burst: number
}

type Rate = Omit<RateLimit, 'burst'>

const UNITS = { s: 1_000, m: 60_000 } as const
const MOST = 1_000_000
const RATE = /^(\d+)\/(s|m)$/
const RATE_EXAMPLES = '500/s or 100/m'
const FORMS = `a rate such as ${RATE_EXAMPLES}, a mapping of rate and burst, or off`

/** Without a burst it is that of one second, at least 1. Undefined for off. */
export const rateOrOff = () =>
  either(
    [
      z.literal('off'),
      rate(),
      section({
        rate: rate().describe(`The rate, such as ${RATE_EXAMPLES}.`),
        burst: z
          .exactOptional(count(1, MOST))
          .describe('How many may come at once; without it what comes in one second, at least 1.'),
      }),
    ],
    FORMS,
  ).transform((written): RateLimit | undefined => {
    if (written === 'off') return undefined
    const { rate, burst = burstOf(rate) } = 'rate' in written ? written : { rate: written }
    return { ...rate, burst }
  })

const burstOf = ({ count, perMs }: Rate): number => Math.max(1, Math.floor((count * 1_000) / perMs))

/** As `rateOrOff` reads it. */
export const formatRate = ({
  burst,
  ...rate
}: RateLimit): string | { readonly rate: string; readonly burst: number } => {
  const text = `${rate.count}/${rate.perMs === UNITS.m ? 'm' : 's'}`
  return burst === burstOf(rate) ? text : { rate: text, burst }
}

const rate = () =>
  z
    .string({ error: write(`a rate such as ${RATE_EXAMPLES}`) })
    .meta({ title: 'rate', pattern: String.raw`^[1-9]\d{0,6}/[sm]$` })
    .transform(reading(parseRate))

const parseRate = (text: string): Rate => {
  const [, digits, unit] = RATE.exec(text) ?? []
  if (digits === undefined) throw new Unreadable(`${show(text)} is not a rate; write ${FORMS}`)
  const perUnit = Number(digits)
  if (perUnit < 1 || perUnit > MOST)
    throw new Unreadable(`${show(text)} is out of range; write 1 to ${MOST} for the number`)
  return { count: perUnit, perMs: UNITS[unit as keyof typeof UNITS] }
}
