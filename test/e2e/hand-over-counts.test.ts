import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { endAll, relayTo, run } from './support/proxy.ts'
import { Relays } from './support/relays.ts'

const MOVING = 20

const opened: Relays[] = []

afterEach(async () => {
  await endAll()
  for (const relays of opened.splice(0)) await relays.close()
})

test('what has moved is not counted as ended with its old worker, if that is killed then', async () => {
  const relays = await Relays.open()
  opened.push(relays)
  const { listeners, upstreams } = relayTo(relays.address)
  const inspector = fileURLToPath(new URL('../inspection/inspectors/faulty.js', import.meta.url))
  const held = { ...listeners[0], name: 'held', inspect: [{ use: inspector }] }
  const copyloop = await run({ listeners: [...listeners, held], upstreams, engine: 'kernel' })
  const pid = (await copyloop.stats()).workers[0]?.pid ?? 0
  await relays.addAll(['idle'], MOVING, copyloop.address('web'))
  // For its sake the old worker stays.
  await relays.add('idle', copyloop.address('held'))
  await copyloop.untilStats('all are counted', ({ totals }) => totals.connectionsActive === MOVING + 1)
  const replaced = copyloop.admin('/reload?workers=true', { method: 'POST' })
  await until('they have moved', () => copyloop.logged(`${MOVING} connections handed over`))
  process.kill(pid, 'SIGKILL')
  expect((await replaced).status).toBe(200)
  const { listeners: counts } = await copyloop.untilStats('it has ended', ({ workers }) => workers.length === 1)
  expect(counts.web).toMatchObject({ connectionsAccepted: MOVING, connectionsActive: MOVING })
  expect(counts.web?.outcomes).toEqual({})
  expect(counts.held).toMatchObject({ connectionsActive: 0, outcomes: { internalError: 1 } })
})
