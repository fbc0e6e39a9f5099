/** The section of the config about finding the servers of an upstream. */
import { z } from 'zod'
import { type Address, parseServerAddress } from '../fields/address.ts'
import * as field from '../fields/fields.ts'
import { isServerName } from '../fields/host.ts'
import { show } from '../problems/show.ts'
import { Unreadable } from '../problems/unreadable.ts'

const SRV_EXAMPLE = '_app._tcp.internal'
const DNS_EXAMPLE = 'app.internal:9000'
const ONE_SOURCE = `srv: ${SRV_EXAMPLE}, or dns: ${DNS_EXAMPLE}`

interface Complaint {
  readonly input?: unknown
}

const notRecordName = ({ input }: Complaint): string => {
  if (typeof input === 'string' && /:\d+$/.test(input))
    return `${show(input)} has a port; SRV records have ports of their own: write only the name, such as ${SRV_EXAMPLE}`
  return `${show(input)} is not the name of SRV records; write a name such as ${SRV_EXAMPLE}`
}

/** RFC 2782: `_service._proto.name`. Consul and others answer for names without underscores too. */
const recordName = () =>
  z
    .string({ error: notRecordName })
    .refine(isServerName, { error: notRecordName })
    .meta({ title: 'name of SRV records' })

const parseNameAndPort = (text: string): Address => {
  const address = parseServerAddress(text)
  if (address.kind === 'tcp') return address
  throw new Unreadable(`${show(text)} is no name in DNS; write a name and a port, such as ${DNS_EXAMPLE}`)
}

const source = field
  .section({
    srv: z
      .exactOptional(recordName())
      .describe(
        'The name of SRV records. Each record is a server: its port is the record’s, its weight too, and of several ' +
          'priorities all but the first are backups.',
      ),
    dns: z
      .exactOptional(field.address(parseNameAndPort, `an address such as ${DNS_EXAMPLE}`, 'connect'))
      .describe('A name and a port; each address of the name is a server. The same as this address in `servers`.'),
  })
  .superRefine((sources, { issues }) => {
    // An unknown key has a message of its own.
    if (issues.length > 0 || Object.keys(sources).length === 1) return
    issues.push({ code: 'custom', message: `this needs exactly one source; write ${ONE_SOURCE}`, input: sources })
  })

export const discoverSection = field.either(
  [z.literal('off'), source],
  `off, or a mapping with one source, such as srv: ${SRV_EXAMPLE}`,
)
