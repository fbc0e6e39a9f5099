import type { Peer } from '../../../engine/peer.ts'
import type { HeaderVersion } from '../../../serving/state.ts'
import { endpointText, readEndpoint } from './endpoint.ts'
import type { ProxyHeader } from './header.ts'
import { writeVersion1, writeVersion2 } from './write-header.ts'

/** What a connection's record keeps of the header that it began with. */
export interface ProxiedClient {
  readonly version: HeaderVersion
  /** The client that it names, in the form of `Peer.remote`; undefined where the peer itself is the client. */
  readonly client: string | undefined
  readonly uniqueId: string | undefined
}

export const proxiedClient = ({ version, endpoints, uniqueId }: ProxyHeader): ProxiedClient => ({
  version,
  client: endpoints && endpointText(endpoints.source),
  uniqueId,
})

/**
 * The header that tells a server who its client is: whom the client's own header names (PP §3), else the ends of the
 * client's connection.
 */
export const headerFor = (
  version: HeaderVersion,
  client: Peer,
  received: ProxyHeader | undefined,
  connectionId: string,
): Uint8Array => {
  const { remote, local } = client
  const ends = received?.endpoints ?? { source: readEndpoint(remote), destination: readEndpoint(local) }
  return version === 'v1' ? writeVersion1(ends) : writeVersion2(ends, connectionId, received?.tlvs ?? [])
}
