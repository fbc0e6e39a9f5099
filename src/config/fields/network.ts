import { z } from 'zod'
import { NETWORK_EXAMPLES, NETWORK_PATTERN, parseNetwork } from '../networks/network.ts'
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
