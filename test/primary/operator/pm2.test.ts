import { expect, test } from 'vitest'
import { killTimeoutWarning } from '../../../src/primary/operator/pm2.ts'

const drainOf = (drainTimeoutMs: number, others = {}) => ({
  drainDelayMs: 0,
  drainTimeoutMs,
  drainSpreadMs: 0,
  ...others,
})

test('pm2 must leave a drain its time and three seconds more', () => {
  expect(killTimeoutWarning(drainOf(30_000), { pm_id: '0', kill_timeout: '33000' })).toBeUndefined()
  expect(killTimeoutWarning(drainOf(30_000), { pm_id: '0', kill_timeout: '32999' })).toBe(
    'pm2 kills a stopping process after kill_timeout, 32999 ms, and cuts its connections, though drainTimeout may take ' +
      '30 s: set kill_timeout to 33000 or more, or lower drainTimeout',
  )
})

test('that is the time of all phases together', () => {
  const times = drainOf(30_000, { drainDelayMs: 5_000, drainSpreadMs: 10_000 })
  expect(killTimeoutWarning(times, { pm_id: '0', kill_timeout: '48000' })).toBeUndefined()
  expect(killTimeoutWarning(times, { pm_id: '0', kill_timeout: '47999' })).toContain(
    'though drainDelay + drainTimeout + drainSpread may take 45 s: set kill_timeout to 48000 or more, or lower',
  )
})

test('an app without kill_timeout has the one of pm2, which is 1600 ms unless its environment sets another', () => {
  expect(killTimeoutWarning(drainOf(0), { pm_id: '0' })).toContain('1600 ms')
  expect(killTimeoutWarning(drainOf(30_000), { pm_id: '0', PM2_KILL_TIMEOUT: '40000' })).toBeUndefined()
})

test('without pm2 there is nothing to say', () => {
  expect(killTimeoutWarning(drainOf(600_000), { kill_timeout: '1' })).toBeUndefined()
})
