import { describe, expect, test } from 'vitest'
import { terminalLine } from '../../src/log/terminal-line.ts'

const plain = terminalLine({ colours: false })
const shown = (fields: object): string => plain(`${JSON.stringify({ level: 30, time: 'x', ...fields })}\n`)

const connection = {
  worker: 1,
  connectionId: 'mabc-1-1',
  listener: 'web',
  client: '192.0.2.1:4711',
  upstream: 'app',
  server: '10.0.0.1:80',
  engine: 'kernel',
  outcome: 'completed',
  endedBy: 'client',
  phase: 'relay',
  durationMs: 12,
  attempts: 1,
  bytesToUpstream: 999,
  bytesToClient: 2_148_000,
  inspectors: [],
  msg: 'connection',
}

describe('a line for a terminal', () => {
  test('shows a connection in one line', () => {
    expect(shown(connection)).toBe(
      ' INFO  web 192.0.2.1:4711 → 10.0.0.1:80 completed by client, 12 ms, 999 B up, 2.1 MB down mabc-1-1\n',
    )
  })

  test('shows what was unusual about it', () => {
    const { server, ...unserved } = connection
    const line = shown({ ...unserved, outcome: 'dialRefused', endedBy: 'upstream', error: 'ECONNREFUSED' })
    expect(line).toContain('web 192.0.2.1:4711 dialRefused by upstream, 12 ms')
    expect(line).toContain('error=ECONNREFUSED')
  })

  test('shows all fields of any other line, on one line', () => {
    expect(shown({ worker: 2, addresses: ['a', 'b'], says: 'two words', msg: 'a message' })).toBe(
      ' INFO  a message worker=2 addresses=["a","b"] says="two words"\n',
    )
    expect(shown({ level: 40, msg: 'careful' })).toBe(' WARN  careful\n')
  })

  test('has the time of day first', () => {
    expect(shown({ time: '2026-01-02T03:04:05.678Z', msg: 'now' })).toMatch(/^\d\d:\d\d:05\.678 INFO {2}now\n$/)
  })

  test('shows the stack of a defect below it', () => {
    const err = { type: 'Error', message: 'broken', stack: 'Error: broken\n    at f (file.js:1:1)' }
    expect(shown({ level: 50, err, msg: 'a defect' })).toBe(
      ' ERROR a defect\n    Error: broken\n        at f (file.js:1:1)\n',
    )
  })

  test('is no command to the terminal, whatever clients and servers have sent', () => {
    const evil = '\u001b[2J\u0007\u009b31m\r\n\u202e'
    const line = shown({ ...connection, serverName: evil, verdict: evil, error: evil })
    const other = shown({ [evil]: evil, err: { stack: evil }, msg: evil })
    for (const text of [line, other.replaceAll('\n    ', '')]) expect(text.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(line.endsWith('\n')).toBe(true)
  })

  test('has colours only where they are wanted', () => {
    const coloured = terminalLine({ colours: true })(`${JSON.stringify({ level: 40, msg: 'careful' })}\n`)
    expect(coloured).toContain('\u001b[33mWARN \u001b[0m')
    expect(shown({ level: 40, msg: 'careful' })).not.toContain('\u001b')
  })

  test('that is no JSON stays as it is', () => {
    expect(plain('not JSON\n')).toBe('not JSON\n')
    expect(plain('7\n')).toBe('7\n')
  })
})
