import type { TcpInfo } from '../engine.ts'
import { Block } from './ffi.ts'
import { getOption } from './libc.ts'
import { IPPROTO_TCP, TCP_INFO } from './socket-options.ts'

/** struct tcp_info of linux/tcp.h: eight bytes, then 32-bit numbers. It has only grown since. */
const RTT = 68
const RTT_VARIANCE = 72
const TOTAL_RETRANSMITS = 100
const LENGTH = 104

const info = new Block(LENGTH)

/** tcp(7) TCP_INFO; undefined for a unix socket. */
export const readTcpInfo = (fd: number): TcpInfo | undefined => {
  const length = getOption(fd, IPPROTO_TCP, TCP_INFO, info)
  if (length < LENGTH) return undefined
  const { bytes } = info
  return {
    rttUs: readUint32(bytes, RTT),
    rttVarianceUs: readUint32(bytes, RTT_VARIANCE),
    retransmits: readUint32(bytes, TOTAL_RETRANSMITS),
  }
}

/** The kernel and this process run on the same, little-endian machine: libc.ts knows no other. */
const readUint32 = (bytes: Buffer, offset: number): number => bytes.readUInt32LE(offset)
