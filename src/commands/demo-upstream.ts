/** The HTTP server behind the demo's proxy, in a process of its own. It tells its parent its port and lives as long as it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// ^C reaches the whole group; while the proxy drains, its server still answers.
process.on('SIGINT', () => {}).on('SIGTERM', () => {})
process.once('disconnect', () => process.exit(0))

const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(`Hello through copyloop! You asked for ${request.method} ${request.url}.\n`)
})

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
