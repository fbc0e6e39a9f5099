import { Errors, type Load, type LoadSettings, now } from './load.ts'
import { longestSlice } from './pattern.ts'
import { TransferConnection } from './transfer-connection.ts'

/** Bulk: each connection moves one block after another. Units are bytes, both directions added. */
export const transferLoad = async ({ port, connections: count, up = 0, down = 0 }: LoadSettings): Promise<Load> => {
  const errors = new Errors()
  const connections = await Promise.all(
    Array.from({ length: count }, () => TransferConnection.open(port, longestSlice)),
  )
  let block = 0

  return {
    async run(seconds) {
      const start = now()
      const until = start + seconds * 1e9
      let units = 0
      const stream = async (connection: TransferConnection) => {
        while (now() < until) {
          await connection.transfer(up, down, block++ % 60_000)
          units += up + down
        }
      }
      const results = await Promise.allSettled(connections.map(stream))
      for (const result of results) if (result.status === 'rejected') errors.add(String(result.reason))
      return { units, seconds: (now() - start) / 1e9, errors: errors.take(), figures: {} }
    },
  }
}
