import { copyloop } from './copyloop.ts'
import { direct } from './direct.ts'
import { go } from './go.ts'
import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import { nodeTcpProxy } from './node-tcp-proxy.ts'
import type { Peer } from './peer.ts'

/** In the order in which the page shows them. */
export const allPeers: readonly Peer[] = [
  direct,
  copyloop({ engine: 'kernel' }),
  copyloop({ engine: 'streams' }),
  nginx,
  haproxy,
  go,
  nodeTcpProxy,
]
