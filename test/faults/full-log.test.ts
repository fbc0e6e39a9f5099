import { existsSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openLog } from '../../src/log/log.ts'
import { closeAll, echoServer, endOf, open, visit } from '../e2e/support/echo.ts'
import { Copyloop, endAll, lives, newDirectory, relayTo, run, writeConfig } from '../e2e/support/proxy.ts'
import { canUnshare, unsharing } from '../support/mounts.ts'
import { until } from '../support/until.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

/** What a process keeps of its log until it can be written. */
const MOST_WAITING_BYTES = 16 * 2 ** 20

const title = existsSync('/dev/full') ? '' : ' (skipped: there is no /dev/full here)'

test.skipIf(title !== '')(`beyond 16 MiB the lines of a full log file are lost, and counted${title}`, () => {
  const log = openLog({ level: 'info', access: { sample: 1 }, file: '/dev/full' }, {})
  const line = `${'x'.repeat(1023)}\n`
  const most = MOST_WAITING_BYTES / line.length
  for (let lines = 0; lines < most; lines++) log.writeAccessLine(line)
  expect(log.linesLost).toBe(0)
  for (let lines = 0; lines < 4_000; lines++) log.writeAccessLine(line)
  // The block that is not full yet has not been lost yet.
  expect(log.linesLost).toBeGreaterThan(4_000 - 2 * 64)
  expect(log.linesLost).toBeLessThanOrEqual(4_000)
})

/** Servers that are not there: each that is tried is a line of the level `debug`, as long as one may be. */
const nowhere = (): string[] => {
  const directory = join(newDirectory(), 'x'.repeat(80))
  return Array.from({ length: 101 }, (_, number) => `unix:${join(directory, String(number))}`)
}

test('while the reader is stuck lost lines are counted for good, and said when it reads again', async () => {
  const { listeners, upstreams } = relayTo(...nowhere())
  const tried = upstreams.map((upstream) => ({ ...upstream, retries: 100, ejection: 'off' }))
  const copyloop = await run({ listeners, upstreams: tried, log: { level: 'debug' } })
  const [address, { workers }] = [copyloop.address('web'), await copyloop.stats()]
  expect(await copyloop.stats()).toMatchObject({ logLinesLost: 0 })
  copyloop.process.stdout?.pause()
  for (let lost = 0; lost === 0; lost = (await copyloop.stats()).logLinesLost)
    await Promise.all(Array.from({ length: 20 }, () => endOf(open(address))))
  const { logLinesLost } = await copyloop.stats()

  process.kill(workers[0]?.pid ?? 0, 'SIGKILL')
  await until('its end', () => !lives(workers[0]?.pid ?? 0))
  await copyloop.untilStats('another worker', (stats) => stats.workers.some(({ state }) => state === 'serving'))
  expect((await copyloop.stats()).logLinesLost).toBeGreaterThanOrEqual(logLinesLost)

  copyloop.process.stdout?.resume()
  await until('it is over', () => copyloop.logged('no more log lines are lost'), 15_000)
  const said = copyloop.log.filter(({ msg }) => msg.startsWith('log lines are lost'))
  expect(said.length).toBeGreaterThan(0)
  expect(said.at(-1)?.logLinesLost).toBe((await copyloop.stats()).logLinesLost)
}, 60_000)

const VISITS = 400
const ROOM = 64 * 1024
const PAGE = 4096

const unshared = canUnshare ? '' : ' (skipped: no mount namespace can be had here)'

test.skipIf(!canUnshare)(
  `a disk that is full again and again tears no line of two workers${unshared}`,
  async () => {
    const disk = newDirectory()
    const web = `unix:${join(newDirectory(), 'web')}`
    const { listeners, upstreams } = relayTo(await echoServer())
    const config = {
      listeners: listeners.map((each) => ({ ...each, listen: web })),
      upstreams,
      workers: 2,
      log: { file: join(disk, 'log') },
    }
    const filler = 2 ** 20
    const filled = `mount -t tmpfs -o size=${filler + ROOM} none ${disk} && head -c ${filler} /dev/zero > ${disk}/filler`
    const copyloop = new Copyloop(['run', '-c', writeConfig(config)], {}, undefined, unsharing(filled))
    /** proc_pid_root(5): a file as that process sees it. */
    const path = (name: string): string => join(`/proc/${copyloop.pid}/root`, disk, name)
    const text = (): string => (existsSync(path('log')) ? readFileSync(path('log'), 'utf8') : '')
    await until('it serves', () => text().includes('the admin is on'))

    for (let visits = 0; visits < VISITS; visits += 20) await Promise.all(Array.from({ length: 20 }, () => visit(web)))
    await until('the disk is full', () => statSync(path('log')).size > ROOM - PAGE)
    const ended = (): number => text().split('"msg":"connection"').length - 1
    for (let left = filler; ended() < VISITS && left > 0; ) {
      const before = statSync(path('log')).size
      left -= PAGE
      truncateSync(path('filler'), left)
      await until('the page is taken', () => statSync(path('log')).size > before)
    }
    const lines = text()
      .split('\n')
      .filter((line) => line.trim() !== '')
    const connections = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'connection')
    expect(new Set(connections.map(({ connectionId }) => connectionId)).size).toBe(VISITS)
    expect(connections).toHaveLength(VISITS)
  },
  60_000,
)
