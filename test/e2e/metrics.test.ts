/** `/metrics` through a real Prometheus: what it has scraped is asked back in PromQL. */
import { afterEach, expect, test } from 'vitest'
import { promtoolCheck } from '../support/promtool.ts'
import { closeAll, echo, echoServer, endOf, open } from './support/echo.ts'
import { hasPrometheus, Prometheus, withoutPrometheus } from './support/prometheus.ts'
import { type Copyloop, endAll, relayTo, run } from './support/proxy.ts'

let prometheus: Prometheus | undefined

afterEach(async () => {
  await prometheus?.close()
  prometheus = undefined
  await endAll()
  await closeAll()
})

const textOf = async (copyloop: Copyloop): Promise<string> => (await copyloop.admin('/metrics')).text()

const visit = async (copyloop: Copyloop, text: string): Promise<void> => {
  const socket = open(copyloop.address('web'))
  await echo(socket, text)
  const ended = endOf(socket)
  socket.end()
  await ended
}

test.skipIf(!hasPrometheus)(
  `promtool accepts what /metrics answers, of all that is counted${withoutPrometheus}`,
  async () => {
    const copyloop = await run(relayTo(await echoServer(), '127.0.0.1:1'))
    for (let visits = 0; visits < 4; visits++) await visit(copyloop, 'hello')
    const answer = await copyloop.admin('/metrics')
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(promtoolCheck(['metrics'], await answer.text())).toEqual({ status: 0, stdout: '', stderr: '' })
  },
)

test.skipIf(!hasPrometheus)(
  `Prometheus scrapes it, and answers questions about it${withoutPrometheus}`,
  async () => {
    const server = await echoServer()
    const copyloop = await run(relayTo(server))
    for (let visits = 0; visits < 5; visits++) await visit(copyloop, '12345')
    await copyloop.untilStats('all are reported', ({ totals }) => totals.outcomes.completed === 5)
    const scraping = await Prometheus.scraping([copyloop.adminAddress])
    prometheus = scraping
    const one = async (promql: string): Promise<number | undefined> => (await scraping.query(promql))[0]?.value
    expect(await one('copyloop_connections_accepted_total{listener="web"}')).toBe(5)
    expect(await one('sum(copyloop_connections_ended_total{outcome="completed"})')).toBe(5)
    expect(await one('copyloop_bytes_total{listener="web",direction="toClient"}')).toBe(25)
    expect(await one(`copyloop_server_up{upstream="app",server="${server}"}`)).toBe(1)
    expect(await one('copyloop_connection_duration_seconds_count')).toBe(5)
    expect(await one('histogram_quantile(0.9, copyloop_connection_duration_seconds_bucket)')).toBeLessThan(10)
    expect(await one('copyloop_dial_duration_seconds_count{upstream="app"}')).toBe(5)
    expect(await one('copyloop_worker_open_fds{worker="1"}')).toBeGreaterThan(5)
    expect(await one('copyloop_worker_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThan(0)
    expect(await scraping.query('copyloop_build_info')).toMatchObject([{ metric: { node: process.version }, value: 1 }])
  },
  60_000,
)

test('a dial that fails is counted by its reason', async () => {
  const copyloop = await run(relayTo('127.0.0.1:1'))
  const socket = open(copyloop.address('web'))
  expect(await endOf(socket)).toBe('ECONNRESET')
  // A worker that does not answer in time is not waited for.
  await copyloop.untilStats('it is reported', ({ totals }) => totals.outcomes.dialRefused === 1)
  const counted = 'copyloop_server_dial_failures_total{upstream="app",server="127.0.0.1:1",reason='
  const text = await textOf(copyloop)
  expect(text).toContain(`${counted}"refused"} 1\n`)
  expect(text).toContain(`${counted}"timeout"} 0\n`)
})
