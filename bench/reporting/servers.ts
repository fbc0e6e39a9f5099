/** `servers.js COUNT`: so many servers, which send everything back. It says their addresses. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

const addresses: string[] = []
while (addresses.length < Number(process.argv[2])) {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  addresses.push(`127.0.0.1:${(server.address() as AddressInfo).port}`)
}
process.once('disconnect', () => process.exit())
process.send?.(addresses)
