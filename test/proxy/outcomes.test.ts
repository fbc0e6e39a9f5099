import { afterAll, describe, expect, test } from 'vitest'
import { OUTCOMES, type Outcome } from '../../src/proxy/outcome.ts'
import { ACCESS_FIELDS } from '../../src/worker/reporting/access-log.ts'
import { closeAll } from '../e2e/support/echo.ts'
import { endAll } from '../e2e/support/proxy.ts'
import { ENGINES } from '../support/engines.ts'
import { canLimit } from '../support/limits.ts'
import { DIAL_CASES } from './outcomes/dial-cases.ts'
import { resourceExhausted } from './outcomes/exhausted-case.ts'
import { INSPECTION_CASES } from './outcomes/inspection-cases.ts'
import type { OutcomeCase } from './outcomes/outcome-case.ts'
import { PREREAD_CASES } from './outcomes/preread-cases.ts'
import { RELAY_CASES } from './outcomes/relay-cases.ts'

const CASES: Readonly<Partial<Record<Outcome, OutcomeCase>>> = {
  ...RELAY_CASES,
  ...PREREAD_CASES,
  ...DIAL_CASES,
  ...INSPECTION_CASES,
  resourceExhausted,
}

afterAll(async () => {
  await endAll()
  await closeAll()
})

test('every outcome of the list has a case here', () => {
  expect(Object.keys(CASES).toSorted()).toEqual(Object.keys(OUTCOMES).toSorted())
})

describe.each(ENGINES)('engine $name', ({ name, open }) => {
  const engine = open()

  for (const [outcome, provoke] of Object.entries(CASES)) {
    const cannot = outcome === 'resourceExhausted' && !canLimit()
    const title = `a connection ends as ${outcome}, is logged and counted once, and leaves nothing`
    test.skipIf(cannot)(cannot ? `${title} (skipped: there is no prlimit here)` : title, async () => {
      const line = await provoke(engine)
      const { outcome: logged, engine: by, listener, upstream, worker } = line
      expect({ logged, by, listener, upstream }).toEqual({
        logged: outcome,
        by: name,
        listener: 'web',
        upstream: 'app',
      })
      expect(worker).toEqual(expect.any(Number))
      expect(line.client).toMatch(/^127\.0\.0\.1:\d+$/)
      expect(Object.keys(line).filter((field) => !(field in ACCESS_FIELDS))).toEqual([])
    })
  }
})
