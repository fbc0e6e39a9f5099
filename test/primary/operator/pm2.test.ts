import { expect, test } from 'vitest'
import { killTimeoutWarning } from '../../../src/primary/operator/pm2.ts'

test('pm2 must leave a drain its time and three seconds more', () => {
  expect(killTimeoutWarning(30_000, { pm_id: '0', kill_timeout: '33000' })).toBeUndefined()
  expect(killTimeoutWarning(30_000, { pm_id: '0', kill_timeout: '32999' })).toBe(
    'pm2 kills a stopping process after kill_timeout, 32999 ms, and cuts its connections, though drainTimeout ' +
      'gives them 30 s: set kill_timeout to 33000 or more, or lower drainTimeout',
  )
})

test('an app without kill_timeout has the one of pm2, which is 1600 ms unless its environment sets another', () => {
  expect(killTimeoutWarning(0, { pm_id: '0' })).toContain('1600 ms')
  expect(killTimeoutWarning(30_000, { pm_id: '0', PM2_KILL_TIMEOUT: '40000' })).toBeUndefined()
})

test('without pm2 there is nothing to say', () => {
  expect(killTimeoutWarning(600_000, { kill_timeout: '1' })).toBeUndefined()
})
