/** `/metrics` through a real Prometheus: what it has scraped is asked back in PromQL. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, endOf, open } from './support/echo.ts'
import { type Copyloop, endAll, newDirectory, relayTo, run } from './support/proxy.ts'

let prometheus: ChildProcess | undefined

afterEach(async () => {
  if (prometheus?.exitCode === null) {
    prometheus.kill('SIGKILL')
    await once(prometheus, 'exit')
  }
  prometheus = undefined
  await endAll()
  await closeAll()
})

const textOf = async (copyloop: Copyloop): Promise<string> => (await copyloop.admin('/metrics')).text()

const adminOf = (copyloop: Copyloop): string => copyloop.log.find(({ admin }) => admin)?.admin ?? ''

/** Starts a Prometheus that asks copyloop every second. Returns its address. */
const scrape = async (copyloop: Copyloop): Promise<string> => {
  const directory = newDirectory()
  const file = join(directory, 'prometheus.json')
  const scrapes = [{ job_name: 'copyloop', static_configs: [{ targets: [adminOf(copyloop)] }] }]
  writeFileSync(file, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: scrapes }))
  const options = [`--config.file=${file}`, `--storage.tsdb.path=${join(directory, 'data')}`]
  prometheus = spawn('prometheus', [...options, '--web.listen-address=127.0.0.1:0', '--log.format=json'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  prometheus.stderr?.setEncoding('utf8').on('data', (piece) => {
    said += piece
  })
  const listening = /"address":"(127\.0\.0\.1:[1-9]\d*)"/
  await until('Prometheus listens', () => listening.test(said) || prometheus?.exitCode !== null)
  const address = listening.exec(said)?.[1]
  if (address === undefined) throw new Error(`Prometheus did not start: ${said}`)
  return address
}

/** The answer to a query, once there is one. */
const query = async (address: string, promql: string): Promise<{ metric: object; value: number }[]> => {
  for (const began = performance.now(); performance.now() - began < 15_000; ) {
    const answer = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(promql)}`).catch(
      () => undefined,
    )
    const body = answer?.ok
      ? ((await answer.json()) as { data: { result: { metric: object; value: [number, string] }[] } })
      : undefined
    const result = body?.data.result ?? []
    if (result.length > 0) return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`no answer to ${promql}`)
}

const visit = async (copyloop: Copyloop, text: string): Promise<void> => {
  const socket = open(copyloop.address('web'))
  await echo(socket, text)
  const ended = endOf(socket)
  socket.end()
  await ended
}

const isThere = spawnSync('prometheus', ['--version']).status === 0
const skipped = isThere ? '' : ' (skipped: there is no Prometheus here)'

test.skipIf(!isThere)(`promtool accepts what /metrics answers, of all that is counted${skipped}`, async () => {
  const copyloop = await run(relayTo(await echoServer(), '127.0.0.1:1'))
  for (let visits = 0; visits < 4; visits++) await visit(copyloop, 'hello')
  const answer = await copyloop.admin('/metrics')
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: await answer.text(), encoding: 'utf8' })
  expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, '', ''])
})

test.skipIf(!isThere)(
  `Prometheus scrapes it, and answers questions about it${skipped}`,
  async () => {
    const server = await echoServer()
    const copyloop = await run(relayTo(server))
    for (let visits = 0; visits < 5; visits++) await visit(copyloop, '12345')
    const address = await scrape(copyloop)
    const one = async (promql: string): Promise<number | undefined> => (await query(address, promql))[0]?.value
    expect(await one('copyloop_connections_accepted_total{listener="web"}')).toBe(5)
    expect(await one('sum(copyloop_connections_ended_total{outcome="completed"})')).toBe(5)
    expect(await one('copyloop_bytes_total{listener="web",direction="toClient"}')).toBe(25)
    expect(await one(`copyloop_server_up{upstream="app",server="${server}"}`)).toBe(1)
    expect(await one('copyloop_connection_duration_seconds_count')).toBe(5)
    expect(await one('histogram_quantile(0.9, copyloop_connection_duration_seconds_bucket)')).toBeLessThan(10)
    expect(await one('copyloop_dial_duration_seconds_count{upstream="app"}')).toBe(5)
    expect(await one('copyloop_worker_open_fds{worker="1"}')).toBeGreaterThan(5)
    expect(await one('copyloop_worker_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThan(0)
    expect(await query(address, 'copyloop_build_info')).toMatchObject([{ metric: { node: process.version }, value: 1 }])
  },
  60_000,
)

test('a dial that fails is counted by its reason', async () => {
  const copyloop = await run(relayTo('127.0.0.1:1'))
  const socket = open(copyloop.address('web'))
  expect(await endOf(socket)).toBe('ECONNRESET')
  const counted = 'copyloop_server_dial_failures_total{upstream="app",server="127.0.0.1:1",reason='
  const text = await textOf(copyloop)
  expect(text).toContain(`${counted}"refused"} 1\n`)
  expect(text).toContain(`${counted}"timeout"} 0\n`)
})
