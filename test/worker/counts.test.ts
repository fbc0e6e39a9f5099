import { describe, expect, test } from 'vitest'
import { withUpstream } from '../../src/serving/edits.ts'
import { asReported, Totals } from '../../src/stats/totals.ts'
import { ENGINES } from '../support/engines.ts'
import { until } from '../support/until.ts'
import { type WorkerHarness, withWorker } from '../support/worker-harness.ts'

/** Its only server gets this name, and keeps its address. */
const renameServer = (harness: WorkerHarness, name: string): Promise<void> =>
  harness.edit((state) => {
    const app = state.upstreams.get('app')
    const [server] = app?.servers.values() ?? []
    if (app === undefined || server === undefined) throw new Error('there is no server')
    return withUpstream(state, 'app', { ...app, servers: new Map([[name, server]]) })
  })

const serversIn = (harness: WorkerHarness): (string | undefined)[] =>
  harness
    .totals()
    .entries('server')
    .map(({ names }) => names[1])

/** A connection to the only server, until it has ended. */
const visit = async (harness: WorkerHarness): Promise<void> => {
  const { client, upstream } = await harness.connect()
  client.send(5)
  client.fin()
  upstream.fin()
  await Promise.all([client.receivedAll, upstream.receivedAll])
}

describe.each(ENGINES)('what a worker counts, engine $name', ({ open }) => {
  const engine = open()

  test('changes where something happens, and nowhere else', () =>
    withWorker(engine, {}, async (harness) => {
      const { counts } = harness.worker
      counts.takeChanges()
      expect(counts.takeChanges()).toEqual({ changed: [], left: [] })
      const { client, upstream } = await harness.connect()
      client.send(5)
      await until('the bytes', () => upstream.received === 5)
      const changed = () => counts.takeChanges().changed.map(({ scope, names }) => [scope, ...names].join(' '))
      await until('the relay', () => harness.counts().bytesToUpstream === 5)
      const [server] = serversIn(harness)
      expect(changed().toSorted()).toEqual(['listener web', `server app ${server}`, 'upstream app'])
      // It lives, and nothing moves.
      expect(changed()).toEqual([])
      client.send(5)
      await until('the bytes', () => harness.counts().bytesToUpstream === 10)
      expect(changed().toSorted()).toEqual(['listener web', `server app ${server}`])
    }))

  test('of servers that are gone stays with those of which something lives', () =>
    withWorker(engine, {}, async (harness) => {
      const { counts } = harness.worker
      // As the primary adds it up.
      const reported = new Totals()
      const left = new Totals()
      const report = () => {
        const changes = counts.takeChanges()
        for (const entry of changes.changed) expect(reported.update(asReported(entry))).toBe(true)
        for (const entry of changes.left) {
          expect(reported.update(asReported(entry))).toBe(true)
          left.add([reported.entry(entry.scope, ...entry.names)])
          reported.delete(entry)
        }
      }
      await renameServer(harness, 'first')
      const { client, upstream } = await harness.connect()
      for (let number = 0; number < 50; number++) {
        await renameServer(harness, `server-${number}`)
        await visit(harness)
        await until('it has ended', () => harness.counts().connectionsActive === 1)
        report()
        expect(serversIn(harness)).toEqual(['first', `server-${number}`])
      }
      expect(left.entries('server')).toHaveLength(49)
      client.send(7)
      client.fin()
      upstream.fin()
      await harness.allClosed()
      report()
      expect(left.of('server', 'app', 'first')).toMatchObject({
        connectionsActive: 0,
        connectionsTotal: 1,
        bytesToUpstream: 7,
      })
      expect(serversIn(harness)).toEqual(['server-49'])
      await renameServer(harness, 'first')
      await visit(harness)
      await harness.allClosed()
      report()
      expect(reported.of('server', 'app', 'first')).toMatchObject({ connectionsTotal: 1, bytesToUpstream: 5 })
    }))
})
