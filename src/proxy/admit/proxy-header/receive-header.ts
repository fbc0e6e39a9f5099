import type { EarlyState, Peek, Peer } from '../../../engine/peer.ts'
import type { AcceptedHeaders } from '../../../serving/state.ts'
import { ConnectionEnded } from '../../outcome.ts'
import { isAdmitted } from '../access/access.ts'
import { findProxyHeader } from './find-header.ts'
import type { ProxyHeader } from './header.ts'

/**
 * Takes the PROXY header from a client. What comes after it stays, and a relay delivers it.
 *
 * @param waitFor is told of each wait for more bytes, which it may cancel
 * @throws {ConnectionEnded} if there is none, or it is not accepted
 */
export const receiveHeader = async (
  client: Peer,
  { version, trusted }: AcceptedHeaders,
  waitFor: (peek: Peek) => void,
): Promise<ProxyHeader> => {
  // Whatever it sends: who may not name a client must not be taken for one either (PP §2).
  if (trusted && !isAdmitted(trusted, client.key)) throw badHeader('the peer is not in trusted')
  for (let atLeast = 1; ; ) {
    const peek = client.peek(atLeast)
    waitFor(peek)
    const { bytes, state } = await peek.view
    const found = findProxyHeader(bytes, version)
    if (found.is === 'wrong') throw badHeader(found.reason)
    if (found.is === 'header') {
      client.consume(found.header.length)
      return found.header
    }
    // It is never full: a header is shorter than what can be looked at.
    if (state !== 'open') throw endBefore(bytes.length, state)
    atLeast = found.atLeast
  }
}

/** Balancers check a port by connecting and leaving: without a byte there is no header that could be wrong. */
const endBefore = (received: number, state: EarlyState): ConnectionEnded =>
  received === 0 || state === 'broken'
    ? new ConnectionEnded({ outcome: 'clientGone', endedBy: 'client' })
    : badHeader(`it ends after ${received} bytes`)

const badHeader = (reason: string): ConnectionEnded =>
  new ConnectionEnded({ outcome: 'badProxyHeader', endedBy: 'proxy', error: new Error(reason) })
