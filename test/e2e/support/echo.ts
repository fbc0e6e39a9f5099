import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { parseAddress, systemPath } from '../../../src/config/fields/address.ts'

const servers = new Set<Server>()
const sockets = new Set<Socket>()

const own = (socket: Socket): Socket => {
  sockets.add(socket)
  socket.on('error', () => {})
  socket.once('close', () => sockets.delete(socket))
  return socket
}

/** For `afterEach`: ends every server and client of a test. */
export const closeAll = async (): Promise<void> => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  servers.clear()
}

const listenOptions = (text: string) => {
  const address = parseAddress(text)
  return address.kind === 'unix' ? { path: systemPath(address.path) } : { host: address.host, port: address.port }
}

/** Sends everything back, FIN included. Answers with its address. */
export const echoServer = async (listen = '127.0.0.1:0'): Promise<string> => {
  const server = createServer({ allowHalfOpen: true }, (socket) => own(socket).pipe(socket))
  servers.add(server)
  await once(server.listen(listenOptions(listen)), 'listening')
  const address = server.address() as AddressInfo | string
  if (typeof address === 'string') return `unix:${address}`
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`
}

/** Begins a connection; an error only closes it. */
export const open = (address: string): Socket => own(connect(listenOptions(address)))

/** The same from an address of its own: all of 127.0.0.0/8 is this host's. */
export const openFrom = (localAddress: string, address: string): Socket =>
  own(connect({ host: '127.0.0.1', port: Number(address.split(':').at(-1)), localAddress }))

/** How a connection ends: `FIN`, or the code of the error. */
export const endOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('end', () => resolve('FIN'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })

/** Sends a text and waits until it is back; rejects when the connection ends before that. */
export const echo = (socket: Socket, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    let back = ''
    const onData = (piece: Buffer) => {
      back += piece
      if (back.length < text.length) return
      stop()
      if (back === text) resolve()
      else reject(new Error(`sent ${text}, came back ${back}`))
    }
    const onClose = () => {
      stop()
      reject(new Error(`closed after ${back.length} of ${text.length} bytes`))
    }
    const stop = () => socket.off('data', onData).off('close', onClose)
    // Its `close` has been emitted already.
    if (socket.destroyed) return onClose()
    socket.on('data', onData).on('close', onClose)
    socket.write(text)
  })

/** One whole connection: connect, have a text sent back, end. */
export const visit = async (address: string, text = 'hello'): Promise<void> => {
  const socket = open(address)
  await echo(socket, text)
  socket.end()
  await once(socket, 'close')
}

/** `served`, or how the connection ended. */
export const fate = (socket: Socket): Promise<string> => {
  const ended = endOf(socket)
  const served = echo(socket, 'hello').then(
    () => 'served',
    () => ended,
  )
  return Promise.race([served, ended])
}
