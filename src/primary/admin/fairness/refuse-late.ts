/**
 * Answers what is no HTTP, or not complete in time, as node:http does by itself, with one difference: a request that is late
 * gets its 408 only once everything has been read that had arrived. Node looks at its clock before it reads, and so would
 * refuse what came whole while this process was busy, or stood still.
 */
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { judgeIn } from '../../../clock.ts'

const STATUS_OF: Partial<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
}

export const refuseLate = (server: Server): void => {
  const lastOf = new WeakMap<Socket, IncomingMessage>()
  server.on('request', (request: IncomingMessage) => lastOf.set(request.socket, request))
  server.on('clientError', (error: NodeJS.ErrnoException, duplex) => {
    const socket = duplex as Socket
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') return refuse(socket, error)
    const late = lastOf.get(socket)
    const isOver = late?.complete
    judgeIn(0, () => {
      const last = lastOf.get(socket)
      const hasCome = last?.complete === true && !(last === late && isOver)
      if (!hasCome) refuse(socket, error)
    })
  })
}

const refuse = (socket: Socket, error: NodeJS.ErrnoException): void => {
  const { _httpMessage: answer } = socket as Socket & { _httpMessage?: ServerResponse | null }
  // An answer that has begun cannot become another.
  if (socket.writable && !answer?.headersSent) {
    const status = STATUS_OF[error.code ?? ''] ?? 400
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`)
  }
  socket.destroy(error)
}
