import type { AcceptedHeaders } from '../../../serving/state.ts'
import type { HeaderFinding } from './header.ts'
import { findVersion1 } from './version-1.ts'
import { findVersion2, SIGNATURE } from './version-2.ts'

/**
 * Looks for a PROXY header at the begin of what a client sends. It keeps nothing, never throws, and its answer is the same
 * however the bytes were cut.
 */
export const findProxyHeader = (bytes: Buffer, accepted: AcceptedHeaders['version']): HeaderFinding => {
  // The versions differ in their first byte (PP §2.2).
  const version = accepted === 'any' ? (bytes[0] === SIGNATURE[0] ? 'v2' : 'v1') : accepted
  return version === 'v2' ? findVersion2(bytes) : findVersion1(bytes)
}
