/** The process of one load generator. It ends with its parent. */
import { autocannonLoad } from './autocannon.ts'
import { connectsLoad } from './connects.ts'
import { idleLoad } from './idle.ts'
import type { FromLoad, Load, LoadKind, LoadSettings, ToLoad } from './load.ts'
import { pingpongLoad } from './pingpong.ts'
import { rateLoad } from './rate.ts'
import { requestsLoad } from './requests.ts'
import { transferLoad } from './transfer.ts'
import { wrkLoad } from './wrk.ts'

const makers: Record<LoadKind, (settings: LoadSettings) => Promise<Load>> = {
  autocannon: autocannonLoad,
  wrk: wrkLoad,
  requests: requestsLoad,
  rate: rateLoad,
  connects: connectsLoad,
  transfer: transferLoad,
  pingpong: pingpongLoad,
  idle: idleLoad,
}

let load: Load | undefined

const answer = async (message: ToLoad): Promise<FromLoad> => {
  if (message.type === 'prepare') {
    load = await makers[message.kind](message.settings)
    return { type: 'ready' }
  }
  if (!load) return { type: 'failed', reason: 'told to run before it was told what' }
  return { type: 'result', result: await load.run(message.seconds) }
}

process.on('message', (message: ToLoad) => {
  answer(message).then(
    (reply) => process.send?.(reply),
    (error: unknown) => process.send?.({ type: 'failed', reason: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
