/** How long a request may take to come: what is waited for here is long, so it is waited for at the same time. */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { ask, closeRaw, rawly, rawSocket } from './support/admin.ts'
import { type Copyloop, endAll, relayTo, run } from './support/proxy.ts'

afterAll(async () => {
  closeRaw()
  await endAll()
})

const answers = async (copyloop: Copyloop): Promise<void> => {
  for (let count = 0; count < 5; count++) expect((await ask(copyloop, '/healthz')).status).toBe(200)
}

const PUT = 'PUT /log/level HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'

describe.concurrent('a request', () => {
  test('has 10 s to be complete, and the admin answers meanwhile', async () => {
    const copyloop = await run(relayTo())
    const startedAtMs = performance.now()
    const slow = [
      rawly(copyloop, 'GET /stats HTTP/1.1\r\nHost: localhost\r\nX-Slow: '),
      rawly(copyloop, `${PUT}Content-Length: 100\r\n\r\n{"level":`),
      rawly(copyloop, `${PUT}Transfer-Encoding: chunked\r\n\r\n9\r\n{"level":\r\n`),
    ]
    const silent = rawly(copyloop, '')
    const slowButComplete = rawSocket(copyloop, `${PUT}Content-Length: 17\r\n\r\n{"level":`)
    await answers(copyloop)
    await pause(7_000)
    slowButComplete.write('"debug"}')
    expect(String((await once(slowButComplete, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /)
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(await silent).toMatch(/^(HTTP\/1\.1 408 |$)/)
    expect(performance.now() - startedAtMs).toBeGreaterThan(9_900)
    expect(performance.now() - startedAtMs).toBeLessThan(15_000)
    expect(copyloop.stderr).toBe('')
  })

  test('that came whole is answered, however long the primary stood still', async () => {
    const copyloop = await run(relayTo())
    const socket = rawSocket(copyloop)
    // The admin has accepted it once it answers another.
    await answers(copyloop)
    process.kill(copyloop.pid, 'SIGSTOP')
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await pause(12_000)
    process.kill(copyloop.pid, 'SIGCONT')
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /)
  }, 30_000)
})
