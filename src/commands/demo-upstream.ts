/** The HTTP server behind the demo's proxy, in its own process. It sends its port to its parent and ends with it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// ^C reaches the whole process group; the server must still answer while the proxy drains.
process.on('SIGINT', () => {}).on('SIGTERM', () => {})
process.once('disconnect', () => process.exit(0))

const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(`Hello through copyloop! You asked for ${request.method} ${request.url}.\n`)
})

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
