import { expect, test } from 'vitest'
import { openLog } from '../../../src/log/log.ts'
import { RecentWarnings } from '../../../src/primary/log/recent-warnings.ts'

const messagesIn = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).msg)

test('warnings and errors of a log are kept, and nothing else is', () => {
  const warnings = new RecentWarnings()
  const { logger, writeAccessLine, follow } = openLog(
    { level: 'trace', access: { sample: 1 }, file: '/dev/null' },
    {},
    {
      onWarning: (line) => warnings.add(line),
    },
  )
  logger.info('info')
  logger.warn({ server: 'a:1' }, 'warn')
  writeAccessLine('{"level":30,"msg":"connection"}\n')
  logger.child({ part: 'x' }).error('error')
  logger.fatal('fatal')
  logger.debug('debug')
  follow({ level: 'error', access: { sample: 1 }, file: '/dev/null' })
  logger.warn('too quiet')
  expect(messagesIn(warnings.since(0))).toEqual(['warn', 'error', 'fatal'])
  expect(JSON.parse(warnings.since(0)[0] ?? '')).toMatchObject({ level: 40, time: expect.any(String), server: 'a:1' })
})

const line = (msg: string): string => JSON.stringify({ level: 40, time: 'now', msg })

test('a reader gets what came since it last read', () => {
  const warnings = new RecentWarnings()
  warnings.add(line('one'))
  const { position } = warnings
  expect(warnings.since(position)).toEqual([])
  warnings.add(line('two'))
  expect(messagesIn(warnings.since(position))).toEqual(['two'])
})

test('memory is bounded: the last fifty lines, and of a long line its message', () => {
  const warnings = new RecentWarnings()
  for (let number = 0; number < 1_000; number++) warnings.add(line(String(number)))
  expect(messagesIn(warnings.since(0))).toEqual(Array.from({ length: 50 }, (_, index) => String(950 + index)))
  const { logger } = openLog(
    { level: 'info', access: { sample: 1 }, file: '/dev/null' },
    { worker: 7 },
    { onWarning: (long) => warnings.add(long) },
  )
  logger.error({ more: 'x'.repeat(1_000_000) }, 'm'.repeat(9_000))
  const [last = ''] = warnings.since(warnings.position - 1)
  expect(JSON.parse(last)).toEqual({ level: 50, time: expect.any(String), worker: 7, msg: 'm'.repeat(4_096) })
})
