import { z } from 'zod'
import { NETWORK_EXAMPLES, NETWORK_PATTERN, parseNetwork } from '../networks/network.ts'
import { show } from '../problems/show.ts'
import { Unreadable } from '../problems/unreadable.ts'
import { reading, write } from './fields.ts'

/** A network, as it is written. */
export const network = () =>
  z
    .string({ error: write(`a network in quotes, such as ${NETWORK_EXAMPLES}`) })
    .meta({ title: 'network', pattern: NETWORK_PATTERN })
    .transform(
      reading((text) => {
        parseNetwork(text)
        return text
      }),
    )

const LENGTH = /^\/([1-9]|[12]\d|3[01])$/
const LENGTHS = 'a length from /1 to /31, such as /24, or off'

/** The length of a network of IPv4 addresses that leaves something out, written as in CIDR. Undefined for off. */
export const lengthOrOff = () =>
  z
    .string({ error: write(LENGTHS) })
    .meta({ title: 'length such as `/24`, or `off`', pattern: `^off$|${LENGTH.source}` })
    .transform(
      reading((text): number | undefined => {
        if (text === 'off') return undefined
        const [, bits] = LENGTH.exec(text) ?? []
        if (bits === undefined) throw new Unreadable(`${show(text)} is not valid here; write ${LENGTHS}`)
        return Number(bits)
      }),
    )
