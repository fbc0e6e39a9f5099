/** Names what a connection speaks, from the first bytes of either side, and may let only some of it pass. */
import { z } from 'zod'
import { defineInspector, type InspectedConnection } from '../api/define-inspector.ts'
import { block, detach, hold, pass, type Verdict } from '../api/verdict.ts'
import { type Finding, PROTOCOLS, type Protocol } from './protocol/finding.ts'
import { FirstBytes } from './protocol/first-bytes.ts'
import { recognizeClient, recognizeServer } from './protocol/recognizers.ts'

const options = z.strictObject({
  /** All others are blocked, and so is what is none that is known. Without it nothing is blocked, nor held up. */
  allow: z.array(z.enum(PROTOCOLS)).min(1).optional(),
})

interface State {
  readonly connection: InspectedConnection
  readonly allow: readonly Protocol[] | undefined
  readonly toUpstream: FirstBytes
  readonly toClient: FirstBytes
}

export default defineInspector({
  name: 'protocol',
  options,
  open: (connection, { allow }): State => ({
    connection,
    allow,
    toUpstream: new FirstBytes(recognizeClient),
    toClient: new FirstBytes(recognizeServer),
  }),
  chunk: (state, bytes, direction) => {
    const finding = state[direction].add(bytes)
    if (finding.is === 'yes') return known(state, finding)
    if (direction === 'toUpstream') {
      if (finding.is === 'no') return unknown(state)
      return state.allow ? hold : pass
    }
    // A server's greeting is not held up: the client's may be needed to tell what it is.
    if (finding.is === 'more') return pass
    return state.toUpstream.hasBytes ? detach : unknown(state)
  },
  // A client that has sent nothing has nothing that it could be judged by.
  end: (state, direction) => (direction === 'toUpstream' && state.toUpstream.hasBytes ? unknown(state) : pass),
})

const known = ({ connection, allow }: State, { protocol, serverName }: Finding & { is: 'yes' }): Verdict => {
  connection.note('protocol', protocol)
  if (serverName !== undefined) connection.note('serverName', serverName)
  if (allow === undefined || allow.includes(protocol)) return detach('connection')
  return block(`${protocol} is not allowed`)
}

const unknown = ({ allow }: State): Verdict =>
  allow === undefined ? detach('connection') : block('the protocol is not known')
