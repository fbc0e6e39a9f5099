import { afterEach, expect, test } from 'vitest'
import type { ServerState } from '../../src/serving/state.ts'
import { closeAll, echo, echoServer, open, visit } from './support/echo.ts'
import { type EditableCopyloop, runEditable } from './support/editable.ts'
import { endAll, relayTo } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const ROUNDS = 20

test('servers that come and go under load lose no count, and go on from where they were when they return', async () => {
  const address = await echoServer()
  const copyloop = await runEditable({ ...relayTo(address), workers: 2 })
  const server = {
    address: { kind: 'tcp', host: '127.0.0.1', port: Number(address.split(':')[1]) },
    state: 'unchecked',
    weight: 1,
  } as const satisfies Partial<ServerState>
  const serve = async (name: string): Promise<void> => {
    await copyloop.edit('setUpstream', { name: 'app', servers: [[name, server]] })
    await copyloop.untilServed()
  }
  const lasting = open(copyloop.address('web'))
  await echo(lasting, 'hello')
  for (let round = 0; round < ROUNDS; round++) {
    await serve(`server-${round}`)
    for (let visits = 0; visits < 3; visits++) await visit(copyloop.address('web'))
  }
  await echo(lasting, 'hello')
  await serve(address)
  await copyloop.untilStats('all have ended', ({ totals }) => totals.connectionsActive === 1)
  expect(await connectionsTo(copyloop)).toEqual(
    new Map([[address, 1], ...Array.from({ length: ROUNDS }, (_, round) => [`server-${round}`, 3] as const)]),
  )
  await serve('server-0')
  await visit(copyloop.address('web'))
  const { totals, upstreams } = await copyloop.untilStats(
    'it has ended',
    ({ totals }) => totals.connectionsActive === 1,
  )
  expect(upstreams.app?.servers).toMatchObject({ 'server-0': { connectionsActive: 0, connectionsTotal: 4 } })
  expect(totals).toMatchObject({ connectionsAccepted: 3 * ROUNDS + 2, outcomes: { completed: 3 * ROUNDS + 1 } })
  expect(copyloop.logged('impossible report')).toBe(false)
})

/** Connections to each server that `/metrics` shows. */
const connectionsTo = async (copyloop: EditableCopyloop): Promise<Map<string, number>> => {
  const text = await (await copyloop.admin('/metrics')).text()
  const samples = text.matchAll(/^copyloop_server_connections_total\{upstream="app",server="(.*)"\} (\d+)$/gm)
  return new Map([...samples].map(([, server = '', count]) => [server, Number(count)]))
}
