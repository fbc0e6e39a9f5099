import { describe, expect, test } from 'vitest'
import type { AccessLogConfig } from '../../src/config/sections/log.ts'
import type { Log } from '../../src/log/log.ts'
import type { Outcome } from '../../src/proxy/outcome.ts'
import type { ConnectionRecord, EndRecord } from '../../src/proxy/record.ts'
import { AccessLogWriter } from '../../src/worker/reporting/access-log-writer.ts'

/** A writer, and the numbers of the connections that it has logged. */
const writing = (access?: AccessLogConfig | false) => {
  const lines: string[] = []
  const log = { writeAccessLine: (line: string) => lines.push(line) } as Partial<Log> as Log
  const writer = new AccessLogWriter(log, ({ sequence }) => String(sequence))
  if (access !== undefined) writer.follow(access)
  const end = (sequence: number, outcome: Outcome = 'completed'): void =>
    writer.write({ sequence } as ConnectionRecord, { outcome } as EndRecord)
  const endAll = (from: number, count: number, step = 1): number => {
    const before = lines.length
    for (let ended = 0; ended < count; ended++) end(from + ended * step)
    return lines.length - before
  }
  return { writer, lines, end, endAll }
}

describe('the access log', () => {
  test('has no line before it follows a config, and none while that has it off', () => {
    const { writer, lines, endAll } = writing()
    endAll(1, 10)
    writer.follow(false)
    endAll(11, 10)
    expect(lines).toEqual([])
    writer.follow({ sample: 1 })
    expect(endAll(21, 10)).toBe(10)
  })

  test.each([1, 0.9, 0.5, 0.1, 0.01, 0.001, 0])(
    'has the fraction %d of those that completed, in any run of connections and in every one of their parts',
    (sample) => {
      const { endAll } = writing({ sample })
      for (const from of [1, 12_345, 2 ** 32 - 5_000, 2 ** 40]) {
        // As if two, three or ten listeners had taken turns.
        for (const step of [1, 2, 3, 10]) {
          const logged = endAll(from, 10_000, step)
          // What the numbers of a run differ from evenly spread ones by grows with the logarithm of their count.
          expect(Math.abs(logged - sample * 10_000), `${step} from ${from}`).toBeLessThan(20)
        }
      }
    },
  )

  test('has every connection that ended otherwise, however few of the completed ones', () => {
    const { lines, end } = writing({ sample: 0 })
    for (let sequence = 1; sequence <= 10; sequence++) end(sequence)
    end(11, 'clientReset')
    end(12, 'overLimit')
    end(13, 'drained')
    expect(lines).toEqual(['11', '12', '13'])
  })

  test('has the same connections, whatever becomes of the others', () => {
    const [all, some] = [writing({ sample: 0.1 }), writing({ sample: 0.1 })]
    all.endAll(1, 1_000)
    for (let sequence = 1_000; sequence > 0; sequence -= 2) some.end(sequence)
    expect(some.lines.toSorted()).toEqual(all.lines.filter((line) => Number(line) % 2 === 0).toSorted())
  })
})
