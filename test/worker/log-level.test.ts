import { describe, expect, test } from 'vitest'
import { expectCut } from '../proxy/outcomes/outcome-case.ts'
import { refusingAddress } from '../support/addresses.ts'
import { ENGINES } from '../support/engines.ts'
import { until } from '../support/until.ts'
import { withWorker } from '../support/worker-harness.ts'

describe.each(ENGINES)('the log of a worker, engine $name', ({ open }) => {
  const engine = open()

  test('its level changes at run time, and the access log is written at any level', async () => {
    const server = refusingAddress()
    await withWorker(engine, { servers: () => [server] }, async (harness) => {
      const failures = (): unknown[] => harness.log().filter(({ msg }) => msg === 'dial failed')
      const refuse = async (line: number): Promise<void> => {
        await expectCut(harness.client())
        await until('the line', () => harness.lines().length === line)
      }
      await refuse(1)
      expect(failures()).toHaveLength(1)
      const connectionId = harness.lines()[0]?.connectionId
      expect(failures()[0]).toMatchObject({
        level: 20,
        worker: 0,
        connectionId,
        server,
        error: expect.stringContaining('ECONNREFUSED'),
      })
      await harness.edit((state) => ({ ...state, log: { ...state.log, level: 'fatal' } }))
      await refuse(2)
      expect(failures()).toHaveLength(1)
      await harness.edit((state) => ({ ...state, log: { ...state.log, level: 'trace' } }))
      await refuse(3)
      expect(failures()).toHaveLength(2)
    })
  })

  test('a unix path with quotes and backslashes does not break its line', () =>
    withWorker(engine, { servers: () => ['unix:/nonexistent/"a\\b",{}'] }, async (harness) => {
      await expectCut(harness.client())
      const line = await harness.line('dialRefused')
      expect(line).toMatchObject({ server: 'unix:/nonexistent/"a\\b",{}', error: 'ENOENT' })
    }))
})
