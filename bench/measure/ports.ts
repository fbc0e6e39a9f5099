import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const lowest = 20_000
const highest = 32_000
let next = lowest + Math.floor(Math.random() * (highest - lowest))

/** A port that nobody listens on, below those that the kernel gives to outgoing connections. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    next = next >= highest ? lowest : next + 1
    // Others may ask meanwhile.
    const port = next
    if (await canListen(port)) return port
  }
}

const canListen = (port: number): Promise<boolean> => {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '0.0.0.0' }, () => server.close(() => resolve(true)))
  })
}

/** Resolves when something accepts on `port`; `giveUp` is asked between attempts and may throw. */
export const untilListening = async (port: number, giveUp: () => void): Promise<void> => {
  const until = Date.now() + 15_000
  while (!(await accepts(port))) {
    giveUp()
    if (Date.now() > until) throw new Error(`nothing listens on port ${port} after 15 s`)
    await sleep(20)
  }
}

const accepts = (port: number): Promise<boolean> => {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
