import { Block } from '../ffi.ts'
import { getOption } from '../libc.ts'
import { IPPROTO_TCP, TCP_INFO } from './socket-options.ts'

/** Statistics of a TCP connection (tcp(7), TCP_INFO). */
export interface TcpInfo {
  /** Smoothed round-trip time, microseconds. */
  readonly rttUs: number
  readonly rttVarianceUs: number
  /** Segments retransmitted since the connection began. */
  readonly retransmits: number
}

/** struct tcp_info of linux/tcp.h: eight bytes, then 32-bit numbers. It has only grown since. */
const LAST_DATA_SENT = 44
const LAST_ACK_RECEIVED = 56
const RTT = 68
const RTT_VARIANCE = 72
const TOTAL_RETRANSMITS = 100
const NOT_SENT = 144
const LENGTH = 148

const info = new Block(LENGTH)

/** tcp(7) TCP_INFO; undefined for a unix socket. */
export const readTcpInfo = (fd: number): TcpInfo | undefined => {
  if (!ask(fd)) return undefined
  const { bytes } = info
  return {
    rttUs: readUint32(bytes, RTT),
    rttVarianceUs: readUint32(bytes, RTT_VARIANCE),
    retransmits: readUint32(bytes, TOTAL_RETRANSMITS),
  }
}

/**
 * For how many milliseconds the receiver has certainly acknowledged nothing new; undefined for a unix socket.
 *
 * A receiver that reads nothing still acknowledges probes of its window (RFC 9293 §3.8.6.1). Bytes that are not sent yet
 * distinguish it from one that reads: they would be sent as soon as the window opens.
 */
export const sinceAcknowledgedMs = (fd: number): number | undefined => {
  if (!ask(fd)) return undefined
  const { bytes } = info
  const sinceAckMs = readUint32(bytes, LAST_ACK_RECEIVED)
  return readUint32(bytes, NOT_SENT) === 0 ? sinceAckMs : Math.max(sinceAckMs, readUint32(bytes, LAST_DATA_SENT))
}

const ask = (fd: number): boolean => getOption(fd, IPPROTO_TCP, TCP_INFO, info) >= LENGTH

/** The kernel and this process run on the same, little-endian machine: libc.ts knows no other. */
const readUint32 = (bytes: Buffer, offset: number): number => bytes.readUInt32LE(offset)
