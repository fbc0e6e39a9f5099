/** The section of the config about the admin. */
import { z } from 'zod'
import { isAbstract, parseAddress } from '../fields/address.ts'
import * as field from '../fields/fields.ts'
import { octalMode } from '../fields/octal-mode.ts'
import { show } from '../problems/show.ts'
import { Unreadable } from '../problems/unreadable.ts'
import type { AdminToken } from '../token/admin-token.ts'

export const DEFAULT_ADMIN_ADDRESS = '127.0.0.1:9901'

const OWNER_ONLY = '0600'
const ADDRESS = `an address such as ${DEFAULT_ADMIN_ADDRESS} or unix:/run/copyloop/admin.sock`
const FORMS = `off, ${ADDRESS}, or a mapping of listen, tokenFile, mode`

/** What `token` of the admin is: read from `tokenFile`, and undefined where no token is needed. */
export interface WithToken {
  readonly token?: AdminToken
}

/** Every process of the machine may connect to an abstract socket, but it is taken for one whose file has a mode. */
const parseAdminAddress = (text: string) => {
  const address = parseAddress(text)
  if (!isAbstract(address)) return address
  throw new Unreadable(`${show(text)} has no file whose mode says who may connect; write the path of a unix socket`)
}

const mapping = field
  .section({
    listen: field
      .address(parseAdminAddress, ADDRESS, 'listen')
      .prefault(DEFAULT_ADMIN_ADDRESS)
      .describe(
        'The address of the admin: host:port or a unix socket; others than loopback addresses and unix sockets need `tokenFile`.',
      ),
    tokenFile: z
      .exactOptional(field.filePath())
      .describe(
        'The file of the token that requests must have, of at least 16 characters; relative to the config file. See docs/operating.md.',
      ),
    mode: octalMode()
      .prefault(OWNER_ONLY)
      .describe('The permissions of the file of a unix socket; connecting needs write permission.'),
  })
  .transform((admin): typeof admin & WithToken => admin)
  .describe('The admin: health, statistics and control over HTTP.')

/** `on` would be read as a host without its port. */
const parseShortForm = (text: string) => {
  if (text.includes(':')) return parseAdminAddress(text)
  throw new Unreadable(`${show(text)} is not valid here; write ${FORMS}`)
}

/** `admin: 127.0.0.1:9901` is `admin: { listen: 127.0.0.1:9901 }`. */
export const adminSection = field
  .either([z.literal('off'), field.address(parseShortForm, ADDRESS, 'listen'), mapping], FORMS)
  .transform((written): 'off' | z.output<typeof mapping> => {
    if (written === 'off' || 'listen' in written) return written
    return { listen: written, mode: Number.parseInt(OWNER_ONLY, 8) }
  })
  .prefault({})
  .describe('The admin server: its address, a mapping, or `off`.')
