import type { Relay, TcpInfo } from '../../engine/engine.ts'
import type { ProxiedClient } from '../../proxy/admit/proxy-header/client-header.ts'
import {
  type ConnectionRecord,
  clientOf,
  type EndRecord,
  type FailedAttempt,
  type InspectionNotes,
} from '../../proxy/record.ts'
import { errorText } from '../../proxy/story/words.ts'
import { anonymized } from './anonymize.ts'

/** The fields of a connection's line, in their order. docs/access-log.md is made from this list. */
export const ACCESS_FIELDS = {
  level: '30, pino’s number for `info`; the access log does not depend on `log.level`.',
  time: 'When it ended, ISO 8601.',
  worker: 'The worker that served it.',
  connectionId: 'Unique across workers and restarts.',
  listener: 'The listener that accepted it.',
  client:
    'The client’s address: the one that it connected from, or the one that its PROXY header names; its network with `anonymize`.',
  peer: 'The address that the connection came from, where `client` is from a PROXY header; its network with `anonymize`.',
  upstream: 'The upstream of the listener.',
  server: 'The server that was reached, or the last that was tried; absent if none was tried.',
  engine: 'How the bytes were moved.',
  outcome: 'How it ended: one of the words in docs/outcomes.md.',
  endedBy: 'Who ended it: client, upstream or proxy. For `completed`, whose FIN came first.',
  phase: 'The phase in which it ended: admit, preread, queue, dial or relay.',
  durationMs: 'From accept to close.',
  dialMs: 'From accept until a server was reached, name resolution and failed attempts included; absent if none was.',
  queueMs: 'Time that it waited in the queue until a server had room; absent if it did not wait.',
  attempts: 'How many addresses were dialled.',
  tried: 'The attempts that failed, each with `server`, `error` and `ms`; absent if none failed.',
  firstByteMs: 'From accept to the first byte delivered to the client; absent if there was none.',
  halfOpenMs: 'From the first FIN that was passed on to the close; absent if there was none.',
  bytesToUpstream:
    'Bytes that the kernel took for the server; unless the outcome is `completed`, the last of them may not have arrived.',
  bytesToClient: 'Bytes that the kernel took for the client, likewise.',
  clientRttUs: 'Smoothed round-trip time to the client at the end, µs (TCP_INFO); only the kernel engine, only TCP.',
  clientRetransmits: 'Segments that were retransmitted to the client.',
  serverRttUs: 'Smoothed round-trip time to the server at the end, µs.',
  serverRetransmits: 'Segments that were retransmitted to the server.',
  proxyProtocol: 'The version of the PROXY header that the client began with: v1 or v2; absent if there was none.',
  proxyUniqueId: 'The connection’s ID in that header, as hex digits if it is no printable text; absent if it has none.',
  protocol: 'The protocol that an inspector recognised: tls, http1, ssh…; absent if none did.',
  serverName: 'The server name in the client’s TLS greeting; absent if no inspector has seen one.',
  verdict: 'An inspector’s note: why it blocked the connection, or what it found; absent if there is none.',
  inspectors: 'The inspectors of the connection, each as name@version; absent if it had none.',
  handedOver: 'How often it changed its process while it lived; absent if it did not.',
  error: 'The system’s error code, or the message of a defect; absent if there was no error.',
  msg: '`connection`, which distinguishes these lines from all others.',
} as const

/**
 * Makes the line of an ended connection.
 *
 * It is a pino line, but written by hand: pino looks at every key and value anew, and for a short connection that was a
 * third of all the work in this process. Names, addresses and codes that a config or the kernel gave need no escape;
 * what others may have written is quoted with JSON.stringify.
 *
 * @returns the line of a connection; with `anonymize`, that many bits of the addresses of its client are left
 */
export const accessLines = (worker: number, idOf: (record: ConnectionRecord) => string) => {
  const head = `","worker":${worker},"connectionId":"`
  const now = isoTime()
  return (record: ConnectionRecord, ended: EndRecord, anonymize?: number): string => {
    const { acceptedMs, dialledMs, relay, server } = record
    const { endedMs, error } = ended
    const firstByteMs = relay?.toClient.firstByteMs
    const finMs = relay && firstFinMs(relay)
    return (
      `{"level":30,"time":"${now()}${head}${idOf(record)}","listener":"${record.listener}"` +
      `,"client":${JSON.stringify(shown(clientOf(record), anonymize))}` +
      (record.proxied?.client === undefined ? '' : textField('peer', shown(record.peer.remote, anonymize))) +
      `,"upstream":"${record.upstream}"` +
      textField('server', server?.name) +
      `,"engine":"${record.engine}","outcome":"${ended.outcome}","endedBy":"${ended.endedBy}"` +
      `,"phase":"${record.phase}","durationMs":${endedMs - acceptedMs}` +
      (dialledMs ? `,"dialMs":${dialledMs - acceptedMs}` : '') +
      (record.queue ? `,"queueMs":${record.queue.ms}` : '') +
      `,"attempts":${record.attempts}` +
      (record.tried ? `,"tried":${triedField(record.tried)}` : '') +
      (firstByteMs ? `,"firstByteMs":${firstByteMs - acceptedMs}` : '') +
      (finMs ? `,"halfOpenMs":${endedMs - finMs}` : '') +
      `,"bytesToUpstream":${relay?.toUpstream.bytes ?? 0},"bytesToClient":${relay?.toClient.bytes ?? 0}` +
      tcpFields('client', ended.clientTcp) +
      tcpFields('server', ended.serverTcp) +
      (record.proxied ? proxyFields(record.proxied) : '') +
      (record.inspected ? inspectedFields(record.inspected) : '') +
      (record.came ? `,"handedOver":${record.came.times}` : '') +
      textField('error', error && errorText(error)) +
      ',"msg":"connection"}\n'
    )
  }
}

const shown = (client: string, anonymize: number | undefined): string =>
  anonymize === undefined ? client : anonymized(client, anonymize)

/** A field that others may have written: quoted, and absent where there is nothing. */
const textField = (name: string, text: string | undefined): string => (text ? `,"${name}":${JSON.stringify(text)}` : '')

const triedField = (tried: readonly FailedAttempt[]): string =>
  JSON.stringify(tried.map(({ server, error, ms }) => ({ server: server.name, error: errorText(error), ms })))

const tcpFields = (side: 'client' | 'server', tcp: TcpInfo | undefined): string =>
  tcp === undefined ? '' : `,"${side}RttUs":${tcp.rttUs},"${side}Retransmits":${tcp.retransmits}`

const proxyFields = ({ version, uniqueId }: ProxiedClient): string =>
  `,"proxyProtocol":"${version}"${textField('proxyUniqueId', uniqueId)}`

/** Inspectors’ notes hold bytes from the wire, so they are quoted. */
const inspectedFields = ({ protocol, serverName, verdict, inspectors }: InspectionNotes): string =>
  textField('protocol', protocol) +
  textField('serverName', serverName) +
  textField('verdict', verdict) +
  `,"inspectors":${JSON.stringify(inspectors)}`

/** When the first FIN was passed on, 0 if none was. */
const firstFinMs = ({ toUpstream, toClient }: Relay): number => {
  if (toUpstream.endedMs === 0 || toClient.endedMs === 0) return toUpstream.endedMs || toClient.endedMs
  return Math.min(toUpstream.endedMs, toClient.endedMs)
}

/** The time as text, formatted once per millisecond. */
const isoTime = (): (() => string) => {
  let atMs = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== atMs) {
      atMs = now
      text = new Date(now).toISOString()
    }
    return text
  }
}
