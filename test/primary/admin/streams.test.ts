import { once } from 'node:events'
import { get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Streams } from '../../../src/primary/admin/streams.ts'
import { until } from '../../support/until.ts'

let server: Server
let begun: number
let ended: number

beforeEach(async () => {
  begun = 0
  ended = 0
  const app = new Hono().use(new Streams(2).limit)
  app.get('/plain', (context) => context.json({ answered: true }))
  app.get('/events', (context) =>
    streamSSE(context, async (stream) => {
      begun += 1
      await new Promise<void>((resolve) => stream.onAbort(resolve))
      ended += 1
    }),
  )
  server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const ask = async (path: string): Promise<IncomingMessage> => {
  const { port } = server.address() as AddressInfo
  const asking = get({ host: '127.0.0.1', port, path, agent: false })
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  return response.on('error', () => {}).resume()
}

test('a stream beyond the limit is refused, and whatever it began has ended, until another one ends', async () => {
  const [one] = [await ask('/events'), await ask('/events')]
  expect([one.statusCode, one.headers['content-type']]).toEqual([200, 'text/event-stream'])
  const refused = await ask('/events')
  expect([refused.statusCode, refused.headers['content-type']]).toEqual([503, 'application/json'])
  await until('it has ended', () => ended === 1)
  expect(begun).toBe(3)
  one.destroy()
  await until('another has ended', () => ended === 2)
  expect((await ask('/events')).statusCode).toBe(200)
})

test('other answers are not limited', async () => {
  await ask('/events')
  await ask('/events')
  for (let count = 0; count < 20; count++) expect((await ask('/plain')).statusCode).toBe(200)
})
