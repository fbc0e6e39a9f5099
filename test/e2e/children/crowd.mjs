/** One half of a crowd, in a process of its own for its descriptors: `serve`, or `visit ADDRESS COUNT`. Everybody only stays. */
import { connect, createServer } from 'node:net'
import process from 'node:process'

const [role, address = '', count = '0'] = process.argv.slice(2)
process.on('disconnect', () => process.exit(0))

if (role === 'serve') {
  const server = createServer((socket) => socket.on('error', () => {}))
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send(`127.0.0.1:${server.address().port}`))
} else {
  const [host, port] = address.split(':')
  const visit = () =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port: Number(port) }, () => resolve())
      socket.on('error', reject)
    })
  for (let left = Number(count); left > 0; left -= 250)
    await Promise.all(Array.from({ length: Math.min(250, left) }, visit))
  process.send('all there')
}
