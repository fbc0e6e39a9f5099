import { OUTCOMES, type Outcome } from '../proxy/outcome.ts'

interface Help {
  readonly causes: string
  readonly look: string
}

/** What an operator wants to know beside what an outcome means. */
const HELP: Readonly<Record<Outcome, Help>> = {
  completed: {
    causes:
      'The normal end. `endedBy` is the side whose FIN came first: the client for most protocols, the server where it closes after its answer or after its own idle timeout.',
    look: 'Nothing, unless `durationMs` or the bytes surprise you: a server that closes idle connections earlier than its clients expect looks like this.',
  },
  clientReset: {
    causes:
      'A browser tab that was closed, a client program that was killed or that closed a socket with unread data, a load generator that stops, a NAT or firewall that forgot the connection and resets it.',
    look: '`durationMs` and `bytesToClient`: resets at a round number of seconds are a timeout of the client, those in the middle of an answer a client that gave up. `clientRetransmits` shows a bad network.',
  },
  upstreamReset: {
    causes:
      'A server that crashed, was restarted or killed a session, that closed a socket with unread data, or whose accept queue was full; a firewall between copyloop and the server.',
    look: 'The log of the server at that time. Many at once with one `server` are a restart. If it resets right after it accepts, give its upstream a check with `expect`.',
  },
  clientGone: {
    causes:
      'A client whose own connect timeout is shorter than the dial or the wait in the queue, port scanners, and checks of a balancer in front that connect and reset.',
    look: '`phase`, `queueMs` and `tried`: they show what the client had to wait for.',
  },
  idleTimeout: {
    causes:
      'A pool of connections that keeps idle ones, a peer that vanished without a word (power, network, suspended laptop), a protocol with long pauses.',
    look: 'Whether both sides are still there. Keep-alive probes of TCP are no bytes: only an application’s own pings hold a connection open. Raise `timeouts.idle` above the pool’s idle time.',
  },
  stallTimeout: {
    causes:
      'A client that stopped reading (a paused download, a hung program, a dead network with data on its way), or a server that does not read its requests.',
    look: '`copyloop explain` says which side did not take its bytes, since when, and how many it had not acknowledged; retransmits show a dead path.',
  },
  halfCloseTimeout: {
    causes:
      'One side sent its FIN and the other never did: a server that ignores the end of its input, a client that leaves without closing.',
    look: 'The story has `clientFin` or `upstreamFin`: look at the other side.',
  },
  maxAge: {
    causes: 'The connection was older than the config allows, however busy it was.',
    look: '`timeouts.maxAge`. Clients must be able to reconnect at any time.',
  },
  dialRefused: {
    causes:
      'Nothing listens on the server’s address, its program is starting or has crashed, its accept queue resets, or a firewall rejects.',
    look: '`tried` has each server and its error; `copyloop status` the state of all. With checks such a server gets no clients.',
  },
  dialTimeout: {
    causes: 'A host that is down, a firewall that drops, a full accept queue, a route that leads nowhere.',
    look: '`tried`, and the network path to these servers. `timeouts.connect` bounds each attempt.',
  },
  dialFailed: {
    causes:
      'No route (`EHOSTUNREACH`, `ENETUNREACH`), no free local port (`EADDRNOTAVAIL`), no permission for a unix socket (`EACCES`).',
    look: '`error`. For `EADDRNOTAVAIL` see [operating.md](operating.md#limits-to-know).',
  },
  noServer: {
    causes: 'Every server is down, draining, in maintenance or has weight 0, or none of its names has an address.',
    look: '`copyloop status`: each server’s state and its reason.',
  },
  queueTimeout: {
    causes:
      'More clients than the servers’ `maxConnections` allow for longer than clients may wait; connections that are kept open without use; or the servers went out of rotation while the client waited, and none came back in time.',
    look: '`copyloop_queue_length`, and `copyloop connections --sort idle` for idle connections that hold places.',
  },
  denied: {
    causes:
      'The client is not in `allow`, or is in `deny`; where PROXY headers are accepted that is the client that the header names. A unix client is in no `allow`.',
    look: '`decidedBy` of `copyloop explain` names the list.',
  },
  overLimit: {
    causes:
      '`maxConnections`, `maxConnectionsPerClient`, `connectionRate` or `connectionRatePerClient` of the listener; or every server was at its `maxConnections` and the queue was full or has no length.',
    look: '`decidedBy` of `copyloop explain` names the limit. Many from one client may be an attack, or one address that many people share.',
  },
  badProxyHeader: {
    causes:
      'A client that connects directly to a port that is meant for a balancer, a balancer that sends another version or none, a peer outside of `trusted`.',
    look: '`error` says what was wrong with it, `client` who sent it.',
  },
  prereadTimeout: {
    causes:
      'A client that connects and sends nothing, or its header in drips: a scanner, a check without a header, an attack with slow clients.',
    look: '`client`: is it the balancer?',
  },
  blocked: {
    causes: 'An inspector’s verdict on the bytes.',
    look: '`verdict` and `inspectors` in the access log.',
  },
  inspectionFailed: {
    causes: 'An inspector threw, took longer than its `timeout`, or its thread ended.',
    look: '`error`, and the log at that time: it has the stack.',
  },
  serverDown: {
    causes: 'A check failed, or somebody set the server to `down`, and `onServerDown` is `close`.',
    look: 'The log line of the change of state has the reason.',
  },
  killed: {
    causes: '`copyloop kill`, the dashboard, or `DELETE /connections/ID`.',
    look: 'Who has access to the admin.',
  },
  drained: {
    causes: 'A stop or restart while connections lived that did not end within `drainTimeout`.',
    look: '`drainTimeout`: long-lived protocols need more time, or clients that reconnect.',
  },
  resourceExhausted: {
    causes: 'The limit of open files of the process, or memory.',
    look: '`error`; `copyloop_worker_open_fds`; raise `LimitNOFILE` or `ulimit -n`, or lower `maxConnections`.',
  },
  internalError: {
    causes: 'A defect; or a worker that was killed with its connections (`/stats` counts those, no line is written).',
    look: 'The log has the stack of a defect. A worker that was killed is logged with its signal: out of memory?',
  },
}

export const outcomesPage =
  (): string => `<!-- Generated from src/proxy/outcome.ts and src/commands/outcomes-page.ts by "npm run docs"; change it there. -->

# Outcomes

Every connection ends with exactly one outcome. It is the field \`outcome\` of the access log, the label of the metrics
and the key under \`outcomes\` in \`/stats\`. \`copyloop explain ID\` tells how a connection came to its outcome
([connections.md](connections.md)). The last two columns are the termination state that HAProxy would log (a small
letter is a timeout of that side, \`-\` means that it has none for this) and the response flags of Envoy.

| outcome | meaning | HAProxy | Envoy |
|---|---|---|---|
${Object.entries(OUTCOMES)
  .map(
    ([outcome, { says, haproxy, envoy }]) =>
      `| [\`${outcome}\`](#${outcome.toLowerCase()}) | ${says} | \`${haproxy}\` | \`${envoy}\` |`,
  )
  .join('\n')}

${Object.entries(OUTCOMES)
  .map(([outcome, { says, haproxy, envoy }]) => paragraph(outcome as Outcome, says, haproxy, envoy))
  .join('\n\n')}
`

const paragraph = (outcome: Outcome, says: string, haproxy: string, envoy: string): string =>
  [
    `## ${outcome}`,
    says,
    `- **Usual causes:** ${HELP[outcome].causes}\n- **Look at:** ${HELP[outcome].look}\n- **Elsewhere:** HAProxy \`${haproxy}\`, Envoy \`${envoy}\``,
  ].join('\n\n')
