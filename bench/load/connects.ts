import { connect } from 'node:net'
import { encodeFrame, verdict } from './frame.ts'
import { Errors, type Load, type LoadSettings, now } from './load.ts'
import { patternAt } from './pattern.ts'

const answerBytes = 64

/**
 * New connections: connect, ask, take the answer and the end, again. The origin closes first, so the TIME_WAIT sockets
 * are on the side of the servers and no client port is blocked; eight destination addresses spread what is left.
 */
export const connectsLoad = async ({ port, connections: parallel }: LoadSettings): Promise<Load> => {
  const errors = new Errors()
  let started = 0

  const once = (): Promise<boolean> =>
    new Promise((resolve) => {
      const number = started++
      const offset = number % 60_000
      const expected = Buffer.concat([patternAt(offset, answerBytes), verdict])
      const parts: Buffer[] = []
      const socket = connect({ port, host: `127.0.0.${1 + (number % 8)}`, noDelay: true })
      let failure: string | undefined
      socket.setTimeout(5000, () => socket.destroy(new Error('no end within 5 s')))
      socket.on('connect', () => socket.write(encodeFrame({ closeAfter: true, up: 0, down: answerBytes, offset })))
      socket.on('data', (chunk: Buffer) => parts.push(chunk))
      socket.on('error', (error: NodeJS.ErrnoException) => {
        failure = error.code ?? error.message
      })
      socket.on('close', () => {
        if (failure === undefined && Buffer.concat(parts).compare(expected) !== 0) failure = 'wrong or cut answer'
        if (failure !== undefined) errors.add(failure)
        resolve(failure === undefined)
      })
    })

  return {
    async run(seconds) {
      const start = now()
      const until = start + seconds * 1e9
      let units = 0
      let failed = 0
      const line = async () => {
        // Bounded: a proxy that always fails would otherwise get a million requests.
        while (now() < until && failed < 100) {
          if (await once()) units++
          else failed++
        }
      }
      await Promise.all(Array.from({ length: parallel }, line))
      return { units, seconds: (now() - start) / 1e9, errors: errors.take(), figures: {} }
    },
  }
}
