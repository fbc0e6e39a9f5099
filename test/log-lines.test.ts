import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LineBuffer } from '../src/log/line-buffer.ts'

const BLOCK = 64
const WAIT_MS = 100

let blocks: Buffer[]
let lines: LineBuffer

beforeEach(() => {
  vi.useFakeTimers()
  blocks = []
  lines = new LineBuffer((block) => blocks.push(block), BLOCK, WAIT_MS)
})
afterEach(() => {
  vi.useRealTimers()
})

const written = (): string[] => blocks.map((block) => block.toString())

describe('a line buffer', () => {
  test('writes lines together, a little after the first of them', () => {
    lines.add('one\n')
    vi.advanceTimersByTime(WAIT_MS / 2)
    lines.add('two\n')
    vi.advanceTimersByTime(WAIT_MS / 2 - 1)
    expect(written()).toEqual([])
    vi.advanceTimersByTime(1)
    expect(written()).toEqual(['one\ntwo\n'])
    lines.add('three\n')
    vi.advanceTimersByTime(WAIT_MS)
    expect(written()).toEqual(['one\ntwo\n', 'three\n'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('writes a block before a line that might not fit in', () => {
    for (let line = 0; line < 5; line++) lines.add(`${'x'.repeat(9)}\n`)
    expect(written()).toEqual([`${'x'.repeat(9)}\n`.repeat(4)])
  })

  test('keeps the order when a line is longer than a block', () => {
    const long = `${'y'.repeat(BLOCK)}\n`
    lines.add('before\n')
    lines.add(long)
    lines.add('after\n')
    lines.flush()
    expect(written()).toEqual(['before\n', long, 'after\n'])
  })

  test('writes nothing when there is nothing', () => {
    lines.flush()
    lines.flush()
    vi.advanceTimersByTime(WAIT_MS)
    expect(written()).toEqual([])
  })

  test('does not touch a block again that was written', () => {
    lines.add('one\n')
    lines.flush()
    lines.add('two\n')
    lines.flush()
    expect(written()).toEqual(['one\n', 'two\n'])
  })

  test('splits no line, loses none and keeps their order, whatever is in them', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 100 }).map((text) => `${text.replaceAll('\n', ' ')}\n`)
    const flush = fc.constant(undefined)
    const property = fc.property(fc.array(fc.oneof({ arbitrary: line, weight: 9 }, flush)), (steps) => {
      blocks.length = 0
      for (const step of steps) step === undefined ? lines.flush() : lines.add(step)
      lines.flush()
      const texts = steps.filter((step) => step !== undefined)
      expect(written().join('')).toBe(texts.join(''))
      for (const block of written()) {
        expect(block.endsWith('\n')).toBe(true)
        const isOneLine = block.indexOf('\n') === block.length - 1
        if (!isOneLine) expect(Buffer.byteLength(block)).toBeLessThanOrEqual(BLOCK)
      }
    })
    fc.assert(property, { numRuns: 300 })
  })
})
