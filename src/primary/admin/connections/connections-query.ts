import { z } from 'zod'
import { isNetwork, NETWORK_EXAMPLES } from '../../../config/networks/network.ts'
import { oneOf } from '../../../config/problems/show.ts'
import { SORTS } from '../../../ipc/connection-parts.ts'

const DEFAULT_LIMIT = 100
const MOST = 100_000
const LIMIT_WRONG = `limit must be a whole number from 1 to ${MOST}`

/** The query of `GET /connections`, and the flags of `copyloop connections`. The messages begin with the parameter. */
export const listQuery = z.strictObject({
  listener: z.exactOptional(z.string()),
  server: z.exactOptional(z.string()),
  client: z.exactOptional(
    z.string().refine(isNetwork, `client must be an address or a network, such as ${NETWORK_EXAMPLES}`),
  ),
  sort: z.enum(SORTS, `sort must be one of ${oneOf(SORTS)}`).default('age'),
  limit: z.coerce
    .number(LIMIT_WRONG)
    .refine((limit) => Number.isInteger(limit) && limit > 0 && limit <= MOST, LIMIT_WRONG)
    .default(DEFAULT_LIMIT),
})
