import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { type Copyloop, endAll, relayTo, run } from './support/proxy.ts'
import { ALL_STATES, Relays } from './support/relays.ts'

const opened: Relays[] = []

afterEach(async () => {
  await endAll()
  for (const relays of opened.splice(0)) await relays.close()
})

const withRelays = async (config: object = {}): Promise<{ copyloop: Copyloop; relays: Relays }> => {
  const relays = await Relays.open()
  opened.push(relays)
  const copyloop = await run({ ...relayTo(relays.address), engine: 'kernel', ...config })
  return { copyloop, relays }
}

const replace = async (copyloop: Copyloop): Promise<void> => {
  const answer = await copyloop.admin('/reload?workers=true', { method: 'POST' })
  expect([answer.status, await answer.json()]).toMatchObject([200, { workers: { replaced: 1 } }])
}

const linesOf = ({ log }: Copyloop) => log.filter(({ msg }) => msg === 'connection')

test('connections in every state move to new workers, again and again, and nobody can tell', async () => {
  const { copyloop, relays } = await withRelays()
  for (const state of ALL_STATES) for (let count = 0; count < 3; count++) await relays.add(state, copyloop.address('web'))
  for (let times = 1; times <= 3; times++) {
    await replace(copyloop)
    await until('the old worker has left', () => copyloop.log.filter(({ msg }) => msg.includes('has left')).length === times)
  }
  await relays.goOn()
  await copyloop.untilStats('all have ended', ({ totals }) => totals.connectionsActive === 0)
  await until('all lines', () => linesOf(copyloop).length === relays.all.length)
  console.log(linesOf(copyloop).map((l) => [l.connectionId, l.outcome, l.handedOver, l.bytesToClient, l.durationMs].join(' ')).join('\n'))
  console.log(copyloop.log.filter(({msg}) => /handed|left|error|reset/.test(msg)).map((l) => JSON.stringify(l)).join('\n'))
  console.log(JSON.stringify((await copyloop.stats()).totals))
})
