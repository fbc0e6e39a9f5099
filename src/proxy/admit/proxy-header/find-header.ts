import type { AcceptedHeaders, HeaderVersion } from '../../../serving/state.ts'
import { type HeaderFinding, wrong } from './header.ts'
import { FIRST_OF_LINE, findVersion1 } from './version-1.ts'
import { findVersion2, SIGNATURE } from './version-2.ts'

/**
 * Looks for a PROXY header at the begin of what a client sends. It keeps nothing, never throws, and its answer is the same
 * however the bytes were cut.
 */
export const findProxyHeader = (bytes: Buffer, accepted: AcceptedHeaders['version']): HeaderFinding => {
  const begun = versionBegunBy(bytes)
  if (accepted === 'any' && begun === undefined && bytes.length > 0)
    return wrong('it does not begin with a PROXY header')
  if (accepted !== 'any' && begun !== undefined && begun !== accepted)
    return wrong(`it begins as ${begun} does, but only ${accepted} is accepted`)
  return (begun ?? accepted) === 'v2' ? findVersion2(bytes) : findVersion1(bytes)
}

/** The versions differ in their first byte (PP §2.2). */
const versionBegunBy = (bytes: Buffer): HeaderVersion | undefined => {
  if (bytes[0] === SIGNATURE[0]) return 'v2'
  return bytes[0] === FIRST_OF_LINE ? 'v1' : undefined
}
