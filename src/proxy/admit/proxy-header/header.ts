/**
 * The PROXY protocol's header: what it says, and what the first bytes of a connection come to.
 *
 * The specification is https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt; its sections are named as PP §2.1.
 */
import type { HeaderVersion } from '../../../serving/state.ts'
import type { Endpoint } from './endpoint.ts'
import type { Tlv } from './tlvs.ts'

/** Both ends of the connection that the sender of the header had accepted. */
export interface EndpointPair {
  readonly source: Endpoint
  readonly destination: Endpoint
}

export interface ProxyHeader {
  /** Bytes; the payload begins after them. */
  readonly length: number
  readonly version: HeaderVersion
  /** `LOCAL`: the connection is the sender's own, such as a health check. v1 has only `PROXY`. */
  readonly command: 'LOCAL' | 'PROXY'
  /** Without them the connection's own ends count: the sender had none that it could or would name. */
  readonly endpoints?: EndpointPair
  /** Everything else that a header of v2 says, in its order. */
  readonly tlvs: readonly Tlv[]
  /** The sender's name for the connection: text, or hex digits where it is no printable text. */
  readonly uniqueId?: string
}

/**
 * What the first bytes of a connection come to. `more`: the answer will not change before there are `atLeast` bytes, and
 * these may all be part of the header. `wrong`: whatever follows, it is no header.
 */
export type HeaderFinding =
  | { readonly is: 'header'; readonly header: ProxyHeader }
  | { readonly is: 'more'; readonly atLeast: number }
  | { readonly is: 'wrong'; readonly reason: string }

/** So many bytes suffice for the longest header. That of v2 has a length of 16 bits, and no sender needs them. */
export const LONGEST_VERSION_2 = 4096

export const more = (atLeast: number): HeaderFinding => ({ is: 'more', atLeast })

export const wrong = (reason: string): HeaderFinding => ({ is: 'wrong', reason })
