/** Workers run in batches (sched(7) SCHED_BATCH), unless the config, the system or whoever started them says otherwise. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { afterEach, describe, expect, test } from 'vitest'
import type { Stats } from '../../src/primary/admin/stats-answer.ts'
import { refusing, whyItCannotBeRefused } from '../support/refuse-call.ts'
import { until } from '../support/until.ts'
import { closeAll, echoServer, visit } from './support/echo.ts'
import { type Copyloop, endAll, relayTo, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

/** sched(7) */
const POLICIES = new Map([
  [0, 'other'],
  [3, 'batch'],
  [5, 'idle'],
])

/** Of a process's main thread: field 41 of /proc/PID/stat (proc(5)). */
const policyOf = (pid: number): string | undefined => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fromThirdField = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return POLICIES.get(Number(fromThirdField[41 - 3]))
}

const policiesOfWorkers = async (copyloop: Copyloop): Promise<(string | undefined)[]> =>
  (await copyloop.stats()).workers.map(({ pid }) => policyOf(pid))

const notLinux = process.platform === 'linux' ? '' : 'it is no Linux'

describe.skipIf(notLinux)(`scheduling${notLinux && ` (skipped: ${notLinux})`}`, () => {
  test.each(['kernel', 'streams'])('workers of the engine %s run in batches; the primary does not', async (engine) => {
    const copyloop = await run({ ...relayTo(await echoServer()), workers: 2, engine })
    expect(await policiesOfWorkers(copyloop)).toEqual(['batch', 'batch'])
    expect(policyOf(copyloop.pid)).toBe('other')
    await visit(copyloop.address('web'), 'hello')
  })

  test('scheduling: normal leaves them as they are', async () => {
    const copyloop = await run({ ...relayTo(await echoServer()), workers: 2, scheduling: 'normal' })
    expect(await policiesOfWorkers(copyloop)).toEqual(['other', 'other'])
  })

  test('a policy that somebody gave the process stays', async () => {
    const copyloop = await run(relayTo(await echoServer()))
    const [first] = (await copyloop.stats()).workers
    const before = first?.pid ?? 0
    execFileSync('chrt', ['--idle', '--pid', '0', String(copyloop.pid)])
    process.kill(before, 'SIGKILL')
    const isReplaced = ({ workers }: Stats) => workers.some(({ pid, state }) => pid !== before && state === 'serving')
    // A busy machine leaves little to a process of that policy.
    await copyloop.untilStats('the worker is replaced', isReplaced, 50_000)
    expect(await policiesOfWorkers(copyloop)).toEqual(['idle'])
  }, 60_000)
})

const cannot = whyItCannotBeRefused('sched_setscheduler')

describe.skipIf(cannot)(`where a sandbox refuses it${cannot && ` (skipped: ${cannot})`}`, () => {
  test('workers serve all the same, and say so', async () => {
    const environment = { NODE_OPTIONS: `--import=${refusing('sched_setscheduler')}` }
    const copyloop = await run({ ...relayTo(await echoServer()) }, environment)
    await visit(copyloop.address('web'), 'hello')
    expect(await policiesOfWorkers(copyloop)).toEqual(['other'])
    await until('the line', () => copyloop.logged('batch'))
    expect(copyloop.log.filter(({ msg }) => msg.includes('batch'))).toMatchObject([
      { level: 30, reason: 'pthread_setschedparam EPERM' },
    ])
  })
})
