import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const PIECE_EVERY_MS = 200

/** Opens an HTTP server for the demo, on a free port. */
export const openServer = async (): Promise<Server> => {
  const server = createServer(answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port

/** Says hello; with `?bytes=N&seconds=S` it sends so many bytes over so long instead, as a download or a feed does. */
const answer = (request: IncomingMessage, response: ServerResponse): void => {
  const { searchParams } = new URL(request.url ?? '/', 'http://demo')
  const bytes = Number(searchParams.get('bytes') ?? 0)
  const seconds = Number(searchParams.get('seconds') ?? 0)
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  // An answer before the end of an upload would be followed by a reset.
  request.resume().once('end', () => {
    if (bytes > 0) sendSlowly(response, bytes, seconds)
    else response.end(`Hello through copyloop! You asked for ${request.method} ${request.url}.\n`)
  })
}

const sendSlowly = (response: ServerResponse, bytes: number, seconds: number): void => {
  const pieces = Math.max(1, Math.round((seconds * 1000) / PIECE_EVERY_MS))
  const piece = '.'.repeat(Math.ceil(bytes / pieces))
  let sent = 0
  const send = (): void => {
    sent += 1
    if (sent < pieces) response.write(piece)
    else response.end(piece)
  }
  const timer = setInterval(send, PIECE_EVERY_MS)
  response.once('close', () => clearInterval(timer))
  send()
}
