/** What the primary asks its workers is answered in time, whatever they do: 20,000 connections, stopped, killed, replaced. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, echo, echoServer, open } from './support/echo.ts'
import { type EditableCopyloop, runEditable } from './support/editable.ts'
import { endAll, relayTo } from './support/proxy.ts'

const CROWD = fileURLToPath(new URL('./children/crowd.mjs', import.meta.url))
const crowds = new Set<ChildProcess>()

afterEach(async () => {
  for (const crowd of crowds) crowd.kill('SIGKILL')
  crowds.clear()
  await endAll()
  await closeAll()
})

/** Begins half a crowd; its first word is that it is there. */
const gather = (...args: string[]): Promise<string> => {
  const crowd = fork(CROWD, args)
  crowds.add(crowd)
  return new Promise((resolve, reject) => {
    crowd.once('message', resolve)
    crowd.once('exit', (code) => reject(new Error(`the crowd ended with ${code}`)))
  })
}

interface Answer {
  readonly parts: number
  readonly workers: number
  readonly missing: readonly number[]
  readonly tookMs: number
  readonly first?: object
}

const ask = async (copyloop: EditableCopyloop, withinMs: number): Promise<Answer> =>
  (await copyloop.edit('ask', { name: 'connections', withinMs })) as Answer

test('20,000 connections of four workers are listed, and newcomers are served meanwhile', async () => {
  const servers = await Promise.all([gather('serve'), gather('serve')])
  const { listeners, upstreams } = relayTo(...servers)
  const [web] = listeners.map((listener) => ({ ...listener, maxConnections: 30_000 }))
  const copyloop = await runEditable({ listeners: [web], upstreams, workers: 4, log: { access: false } })
  const address = copyloop.address('web')
  await Promise.all([gather('visit', address, '10000'), gather('visit', address, '10000')])
  await copyloop.untilStats('all are relayed', ({ totals }) => totals.connectionsActive === 20_000, 30_000)
  const [answer] = await Promise.all([ask(copyloop, 10_000), ...Array.from({ length: 20 }, () => open(address))])
  expect(answer).toMatchObject({ workers: 4, missing: [] })
  expect(answer.parts).toBeGreaterThanOrEqual(20_000)
  expect(answer.first).toMatchObject({ listener: 'web', upstream: 'app', phase: 'relay', bytesToClient: 0 })
}, 120_000)

describe('with two workers of which one', () => {
  const serving = async () => {
    const copyloop = await runEditable({ ...relayTo(await echoServer()), workers: 2 })
    for (let count = 0; count < 20; count++) await echo(open(copyloop.address('web')), 'hello')
    const [first, second] = (await copyloop.stats()).workers
    return { copyloop, first: first?.pid ?? 0, firstId: first?.id, secondActive: second?.connectionsActive }
  }

  test('is stopped, the answer is partial, not late', async () => {
    const { copyloop, first, firstId, secondActive } = await serving()
    process.kill(first, 'SIGSTOP')
    const answer = await ask(copyloop, 500)
    expect(answer).toMatchObject({ parts: secondActive, missing: [firstId] })
    expect(answer.tookMs).toBeGreaterThanOrEqual(499)
    expect(answer.tookMs).toBeLessThan(1_500)
    process.kill(first, 'SIGCONT')
    await expect.poll(async () => (await ask(copyloop, 5_000)).parts, { timeout: 10_000 }).toBe(20)
  })

  test('is killed before it answers, nobody waits for it, and its successor is asked the next time', async () => {
    const { copyloop, first, firstId, secondActive } = await serving()
    process.kill(first, 'SIGSTOP')
    const asking = ask(copyloop, 60_000)
    process.kill(first, 'SIGKILL')
    expect(await asking).toMatchObject({ parts: secondActive, missing: [firstId] })
    await copyloop.untilStats(
      'it is replaced',
      ({ workers }) => workers.length === 2 && workers.every(({ state }) => state === 'serving'),
    )
    await echo(open(copyloop.address('web')), 'hello')
    expect(await ask(copyloop, 5_000)).toMatchObject({ parts: (secondActive ?? 0) + 1, missing: [] })
  })
})
