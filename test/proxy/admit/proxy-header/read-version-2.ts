import { endpointText } from '../../../../src/proxy/admit/proxy-header/endpoint.ts'
import { findProxyHeader } from '../../../../src/proxy/admit/proxy-header/find-header.ts'

export const find = (bytes: Buffer) => findProxyHeader(bytes, 'v2')

/** What a whole header says, with its ends as text and the types of its TLVs. */
export const read = (bytes: Buffer) => {
  const found = find(bytes)
  if (found.is !== 'header') return found
  const { endpoints, tlvs, ...rest } = found.header
  const ends = endpoints && [endpointText(endpoints.source), endpointText(endpoints.destination)]
  return { ...rest, ends, types: tlvs.map(({ type }) => type) }
}
