import { Errors, type Load, type LoadSettings, now } from './load.ts'
import { TransferConnection } from './transfer-connection.ts'

const pongBytes = 64
const openAtOnce = 50

/** Opens connections, uses each once, and leaves them. Each further run uses all of them again: none may be lost. */
export const idleLoad = async ({ port, connections: count }: LoadSettings): Promise<Load> => {
  const errors = new Errors()
  const connections: TransferConnection[] = []

  const openAll = async () => {
    while (connections.length < count) {
      const batch = Math.min(openAtOnce, count - connections.length)
      const opened = await Promise.all(Array.from({ length: batch }, () => TransferConnection.open(port, 256)))
      await Promise.all(opened.map((connection) => connection.transfer(0, pongBytes, 0)))
      connections.push(...opened)
    }
  }

  return {
    async run() {
      const start = now()
      if (connections.length === 0) await openAll()
      else {
        const used = await Promise.allSettled(connections.map((connection) => connection.transfer(0, pongBytes, 7)))
        for (const result of used) if (result.status === 'rejected') errors.add(String(result.reason))
      }
      return { units: connections.length, seconds: (now() - start) / 1e9, errors: errors.take(), figures: {} }
    },
  }
}
