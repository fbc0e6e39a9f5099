import { expect } from 'vitest'
import { echo, echoServer, endOf, open } from '../../e2e/support/echo.ts'
import { relayTo, run } from '../../e2e/support/proxy.ts'
import { leaveDescriptors, restoreDescriptors } from '../../support/limits.ts'
import { until } from '../../support/until.ts'
import type { AccessLine } from '../../support/worker-harness.ts'
import type { OutcomeCase } from './outcome-case.ts'

/** The client gets the worker's last descriptor, and socket(2) for its server fails. In a process of its own. */
export const resourceExhausted: OutcomeCase = async (engine) => {
  const server = await echoServer()
  const copyloop = await run({ ...relayTo(server), engine: engine.name })
  const [worker] = (await copyloop.stats()).workers
  const pid = worker?.pid ?? 0
  const old = open(copyloop.address('web'))
  await echo(old, 'before')

  leaveDescriptors(pid, 1)
  expect(await endOf(open(copyloop.address('web')))).toBe('ECONNRESET')
  await echo(old, 'meanwhile')

  restoreDescriptors(pid)
  const next = open(copyloop.address('web'))
  await echo(next, 'after')
  const isIt = ({ outcome }: Record<string, unknown>): boolean => outcome === 'resourceExhausted'
  await until('its line', () => copyloop.log.some(isIt))
  const line = copyloop.log.find(isIt)
  const nothing = { phase: 'dial', attempts: 1, bytesToUpstream: 0, bytesToClient: 0 }
  expect(line).toMatchObject({ ...nothing, endedBy: 'proxy', error: 'EMFILE' })
  for (const socket of [old, next]) socket.end()
  const stats = await copyloop.untilStats('both completed', ({ totals }) => totals.outcomes.completed === 2)
  expect(stats.totals.outcomes).toEqual({ completed: 2, resourceExhausted: 1 })
  // It is no fault of the server.
  expect(stats.upstreams.app?.servers[server]).toMatchObject({ dialFailures: 0, connectionsTotal: 2 })
  await until('its reason', () => copyloop.log.some(({ msg }) => msg.includes('this worker has no descriptor left')))
  expect(copyloop.log.filter(({ msg }) => msg.includes('cannot be reached'))).toEqual([])
  return line as unknown as AccessLine
}
