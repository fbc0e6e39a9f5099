import { closeDescriptors } from '../../system/descriptor.ts'
import type { HandOver, Peer } from '../engine.ts'
import { type GivenRelay, pipesOf } from './given-relay.ts'

/** The sockets of a relay that was given. @throws the system's error if they cannot be taken; they are reset then */
export const adoptPeers = (given: GivenRelay, handOver: HandOver): { client: Peer; upstream: Peer } => {
  let client: Peer | undefined
  try {
    client = handOver.adopt(given.client, 'client')
    return { client, upstream: handOver.adopt(given.upstream, 'upstream') }
  } catch (error) {
    // The one that could not be taken is closed.
    if (client) client.reset()
    else closeDescriptors([given.upstream.descriptor])
    closeDescriptors(pipesOf(given))
    throw error
  }
}
