import type { LookupAllOptions } from 'node:dns'
import { once } from 'node:events'
import { createServer, isIP } from 'node:net'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ENGINES } from '../../support/engines.ts'
import { until } from '../../support/until.ts'
import { withWorker } from '../../support/worker-harness.ts'
import { expectCut } from '../outcomes/outcome-case.ts'

/** Answers for names; addresses are no business of it. */
const { lookup } = vi.hoisted(() => ({ lookup: vi.fn() }))
vi.mock('node:dns/promises', async (original) => {
  const real = await original<typeof import('node:dns/promises')>()
  const mocked = (host: string, options: LookupAllOptions) =>
    isIP(host) ? real.lookup(host, options) : lookup(host, options)
  return { ...real, lookup: mocked, default: { ...real, lookup: mocked } }
})

const notFound = (): Error => Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' })

beforeEach(() => {
  lookup.mockReset()
})

describe.each(ENGINES)('a client whose server’s name is being resolved, engine $name', ({ open }) => {
  const engine = open()
  const servers = () => ['app.internal:80']

  /** A resolver that takes its time. */
  const slowLookup = () => {
    let answer: { found: (host: string) => void; fail: () => void } | undefined
    lookup.mockImplementation(
      () =>
        new Promise((resolve, reject) => {
          answer = {
            found: (host) => resolve([{ address: host, family: 4 }]),
            fail: () => reject(notFound()),
          }
        }),
    )
    return () => {
      if (answer === undefined) throw new Error('nobody asked')
      return answer
    }
  }

  test.each(['fail', 'found'] as const)(
    'may leave: clientGone, whatever the resolver says later (%s)',
    async (says) => {
      const answer = slowLookup()
      await withWorker(engine, { servers }, async (harness) => {
        const client = harness.client()
        await until('the connection', () => harness.counts().connectionsActive === 1)
        client.reset()
        // The engine has met the RST once the connection is the only one left that knows of it.
        await until('the RST to arrive', () => client.socket.destroyed)
        await new Promise((resolve) => setTimeout(resolve, 50))
        answer()[says]('127.0.0.1')
        expect(await harness.line('clientGone')).toMatchObject({ phase: 'dial', attempts: 0, endedBy: 'client' })
      })
    },
  )

  test('is told so at once when it resets or is drained, while the resolver is silent', async () => {
    slowLookup()
    await withWorker(engine, { servers }, async (harness) => {
      const [leaving, staying] = [harness.client(), harness.client()]
      await until('the connections', () => harness.counts().connectionsActive === 2)
      leaving.reset()
      expect(await harness.line('clientGone')).toMatchObject({ phase: 'dial', attempts: 0 })
      expect(await harness.worker.drain(0)).toBe(1)
      await expectCut(staying)
      expect(await harness.line('drained')).toMatchObject({ phase: 'dial', attempts: 0 })
    })
  })

  test('waits for the resolver no longer than `connect`', async () => {
    slowLookup()
    await withWorker(engine, { servers, timeouts: { connect: '300ms' } }, async (harness) => {
      await expectCut(harness.client())
      expect(await harness.line('dialTimeout')).toMatchObject({ phase: 'dial', attempts: 0, endedBy: 'proxy' })
    })
  })

  test('is drained with the rest, and the resolver’s failure is not its end', async () => {
    const answer = slowLookup()
    await withWorker(engine, { servers }, async (harness) => {
      const client = harness.client()
      await until('the connection', () => harness.counts().connectionsActive === 1)
      const drained = harness.worker.drain(0)
      answer().fail()
      expect(await drained).toBe(1)
      await expectCut(client)
      expect(await harness.line('drained')).toMatchObject({ phase: 'dial', endedBy: 'proxy' })
    })
  })

  test('goes on to the next server when the name has no address', async () => {
    lookup.mockRejectedValue(notFound())
    await withWorker(engine, { servers: () => ['app.internal:80', '255.255.255.255:9'] }, async (harness) => {
      await expectCut(harness.client())
      expect(await harness.line('dialFailed')).toMatchObject({ attempts: 1, server: '255.255.255.255:9' })
      expect(harness.server('app.internal:80').dialFailures).toBe(1)
    })
  })

  test.each(['127.0.0.1', '::1'])('reaches it when of its two addresses only %s answers', async (host) => {
    const server = createServer((socket) => socket.pipe(socket))
    const listening = await once(server.listen(0, host), 'listening').catch(() => undefined)
    const bound = server.address()
    if (listening === undefined || bound === null || typeof bound === 'string') {
      return console.log(`not tested: this machine has no ${host}`)
    }
    lookup.mockResolvedValue(['::1', '127.0.0.1', '::1'].map((address) => ({ address })))
    await withWorker(engine, { servers: () => [`app.internal:${bound.port}`] }, async (harness) => {
      const client = harness.client()
      client.socket.end('hello')
      expect(await client.receivedAll).toBe('FIN')
      const attempts = host === '::1' ? 1 : 2
      const line = await harness.line('completed')
      expect(line).toMatchObject({ server: `app.internal:${bound.port}`, attempts, bytesToClient: 5 })
    })
    server.close()
  })
})
