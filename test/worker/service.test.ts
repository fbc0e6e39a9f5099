import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { openListeningSocket } from '../../src/engine/listening/listening-socket.ts'
import { newMeter } from '../../src/engine/meter.ts'
import { ClientTables } from '../../src/proxy/admit/limits/client-tables.ts'
import { OwnPlaces } from '../../src/proxy/admit/own-places.ts'
import { Living } from '../../src/proxy/living.ts'
import type { ConnectionEvents, LivingConnection } from '../../src/proxy/record.ts'
import { TimerWheel } from '../../src/proxy/timing/timer-wheel.ts'
import { stateOf } from '../../src/serving/of-config.ts'
import { Pool } from '../../src/upstream/pool.ts'
import { ListenerService, type ServiceParts } from '../../src/worker/service.ts'
import { SocketStore } from '../../src/worker/sockets.ts'
import { ENGINES } from '../support/engines.ts'
import { until } from '../support/until.ts'

test('each service has an engine of its own, and its connections say which', async () => {
  const upstream = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  const config = parseConfig(
    JSON.stringify({
      listeners: ENGINES.map(({ name }) => ({ name, listen: '127.0.0.1:0', upstream: 'app' })),
      upstreams: [{ name: 'app', servers: [`127.0.0.1:${port}`] }],
    }),
    'copyloop.json',
  )
  const state = stateOf(config, (listener) => [ENGINES.findIndex(({ name }) => name === listener)])
  const pool = new Pool('app', 0, { memory: undefined, workerCount: 1 })
  const upstreamState = state.upstreams.get('app')
  if (upstreamState) pool.configure(upstreamState)

  const ended: [string, string, number | undefined][] = []
  const living = new Living<LivingConnection>()
  const events: ConnectionEvents = {
    opened: (connection) => living.add(connection),
    queued: () => {},
    leftQueue: () => {},
    dialFailed: () => {},
    reached: newMeter,
    closed: (connection) => {
      const { listener, engine, relay } = connection.record
      living.remove(connection)
      ended.push([listener, engine, relay?.toClient.bytes])
    },
    takenOver: newMeter,
    handedOver: () => {},
  }
  const sockets = new SocketStore()
  const parts: ServiceParts = {
    wheel: new TimerWheel(),
    memory: undefined,
    clientTables: new ClientTables(undefined),
    sockets,
    living,
    places: new OwnPlaces(100),
    workerCount: 1,
    idOf: () => 'id',
    nextSequence: () => 1,
    eventsFor: () => events,
    onAcceptError: () => {},
  }
  const services: ListenerService[] = []
  for (const [number, { name, open }] of ENGINES.entries()) {
    const { handle, address } = await openListeningSocket({ kind: 'tcp', host: '127.0.0.1', port: 0 })
    sockets.put(number, handle)
    const listener = state.listeners.get(name)
    if (listener === undefined || address.kind !== 'tcp') throw new Error('there is no such listener')
    const targets = { engine: open(), pool, inspect: undefined }
    const service = new ListenerService(name, listener, targets, parts)
    service.configure(listener, targets)
    services.push(service)
    const client = connect(address.port, '127.0.0.1')
    client.end('hello')
    const [echo] = await once(client, 'data')
    expect(String(echo)).toBe('hello')
  }
  await until('both connections ended', () => ended.length === ENGINES.length)
  expect(ended).toEqual(ENGINES.map(({ name }) => [name, name, 5]))
  for (const service of services) service.close()
  upstream.close()
})
