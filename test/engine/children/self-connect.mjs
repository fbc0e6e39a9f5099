/**
 * `unshare -rn node self-connect.mjs DIST ENGINE`: in a network of its own, whose connections are all given one port,
 * dials that port. Prints the error, how many sockets are left of 20 dials, and whether a server can take the port then
 * and is reached.
 */
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import koffi from 'koffi'

const PORT = 40_000
const RANGE = '/proc/sys/net/ipv4/ip_local_port_range'

/** netdevice(7): struct ifreq is a name of 16 bytes, then the flags. */
const SIOCSIFFLAGS = 0x8914
const IFF_UP = 1
const raiseLoopback = () => {
  const libc = koffi.load(null)
  const socket = libc.func('socket', 'int', ['int', 'int', 'int'])(2, 2, 0)
  // Memory that does not move: a small Buffer would.
  const request = Buffer.allocUnsafeSlow(4096).fill(0)
  request.write('lo')
  request.writeUInt16LE(IFF_UP, 16)
  const ioctl = libc.func('ioctl', 'int', ['int', 'ulong', 'uintptr_t'])
  if (ioctl(socket, SIOCSIFFLAGS, Number(koffi.address(request))) !== 0) throw new Error(`ioctl: ${koffi.errno()}`)
  libc.func('close', 'int', ['int'])(socket)
}

const countSockets = () =>
  readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length

const [dist, wanted] = process.argv.slice(2)
raiseLoopback()
writeFileSync(RANGE, `${PORT}\t${PORT}`)
const { chooseEngine } = await import(`${dist}/engine/choose-engine.js`)
const { engine } = await chooseEngine(wanted)
const address = { kind: 'tcp', host: '127.0.0.1', port: PORT }
const sockets = countSockets()
const errors = new Set()
for (let count = 0; count < 20; count++) {
  await engine.dial(address).peer.then(
    () => errors.add('none'),
    ({ code }) => errors.add(code),
  )
}
const left = countSockets() - sockets
const server = createServer((socket) => socket.end('hello'))
await new Promise((resolve, reject) => server.listen(PORT, '127.0.0.1', resolve).once('error', reject))
// The server has its port; a client has another one of the range.
writeFileSync(RANGE, `${PORT}\t${PORT + 3}`)
const peer = await engine.dial(address).peer
console.log(JSON.stringify({ errors: [...errors], left, reached: peer.remote }))
process.exit(0)
