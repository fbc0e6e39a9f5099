/** The keys of a listener about who is admitted. */
import { z } from 'zod'
import * as field from '../fields/fields.ts'
import { network } from '../fields/network.ts'
import type { AccessTable } from '../networks/access-table.ts'
import { NETWORK_EXAMPLES } from '../networks/network.ts'

const networks = () => field.listOf(network(), `a list of networks, such as ${NETWORK_EXAMPLES}`, 0)

export const accessKeys = {
  allow: z
    .exactOptional(networks())
    .describe(
      'The networks whose clients are admitted, each an address or CIDR; all others end with outcome `denied`. Without ' +
        '`allow` and `allowFile` everyone is admitted, and an empty list admits nobody. No list admits a client of a unix socket.',
    ),
  allowFile: z
    .exactOptional(field.filePath())
    .describe('A file of further networks to admit, one a line, comments after `#`; relative to the config file.'),
  deny: z.exactOptional(networks()).describe('The networks whose clients are not admitted, even if `allow` has them.'),
  denyFile: z
    .exactOptional(field.filePath())
    .describe('A file of further networks that are not admitted, one a line, comments after `#`.'),
}

/** What `access` of a listener is: made of its lists when their files are read, and undefined where everyone is admitted. */
export interface WithAccess {
  readonly access?: AccessTable
}
