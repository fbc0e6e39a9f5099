import { expect, test } from 'vitest'
import type { WorkerNews } from '../../src/ipc/messages.ts'
import { warningTeller } from '../../src/worker/reporting/warnings.ts'
import { until } from '../support/until.ts'

test('of many warnings a few a second are told', async () => {
  const told: WorkerNews[] = []
  const tell = warningTeller((news) => told.push(news))
  const begunMs = performance.now()
  for (let number = 0; number < 10_000; number++) tell(`{"number":${number}}`)
  const seconds = Math.ceil((performance.now() - begunMs) / 1_000) + 1
  expect(told.slice(0, 2)).toEqual([
    { kind: 'warned', line: '{"number":0}' },
    { kind: 'warned', line: '{"number":1}' },
  ])
  expect(told.length).toBeLessThanOrEqual(5 * seconds)
  const before = told.length
  await until('the next second has come', () => {
    tell('{}')
    return told.length > before
  })
})
