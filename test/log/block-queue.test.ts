import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BlockQueue } from '../../src/log/block-queue.ts'
import type { Target } from '../../src/log/target.ts'
import { measureMemory } from '../support/memory.ts'

/** What a target does with a write: takes so many bytes, or has this error. */
type Answer = number | 'EAGAIN' | 'ENOSPC'

const BLOCK_BYTES = 16

/** A target in memory that a test makes slow, full or partly full. */
class Memory implements Target {
  readonly blockBytes = BLOCK_BYTES
  readonly writes: Target['writes']
  readonly #answers: Answer[]
  canBlankOut = true
  text = ''
  closes = 0
  /** Ends the write that is under way in the background. */
  finish: (() => void) | undefined

  constructor(writes: Target['writes'], answers: readonly Answer[] = []) {
    this.writes = writes
    this.#answers = [...answers]
  }

  writeNow(bytes: Buffer): number {
    if (this.closes > 0) throw new Error('written to after its close')
    const answer = this.#answers.shift() ?? bytes.length
    if (typeof answer === 'string') throw Object.assign(new Error(answer), { code: answer })
    const taken = Math.min(answer, bytes.length)
    this.text += bytes.subarray(0, taken).toString()
    return taken
  }

  writeInBackground(bytes: Buffer, done: (error: NodeJS.ErrnoException | null, taken: number) => void): void {
    this.finish = () => {
      this.finish = undefined
      let taken: number
      try {
        taken = this.writeNow(bytes)
      } catch (error) {
        return done(error as NodeJS.ErrnoException, 0)
      }
      done(null, taken)
    }
  }

  blankOut(bytes: number): boolean {
    if (this.canBlankOut) this.text = `${this.text.slice(0, -bytes)}${' '.repeat(bytes - 1)}\n`
    return this.canBlankOut
  }

  close(): void {
    this.closes += 1
  }
}

let queue: BlockQueue

beforeEach(() => {
  vi.useFakeTimers()
  queue = new BlockQueue()
})
afterEach(() => {
  vi.useRealTimers()
})

const add = (text: string): void => queue.add(Buffer.from(text))

test('what a reader does not take is tried again, and nothing comes twice', () => {
  const target = new Memory('atOnce', ['EAGAIN', 'EAGAIN', 3, 'EAGAIN'])
  queue.changeTarget(target)
  add('one\ntwo\n')
  add('three\n')
  expect(target.text).toBe('')
  vi.advanceTimersByTime(1_000)
  expect(target.text).toBe('one\ntwo\nthree\n')
  expect(vi.getTimerCount()).toBe(0)
})

test('a write is of whole lines, and of one line only if that is longer', () => {
  const target = new Memory('atOnce')
  const sizes: number[] = []
  const writeNow = target.writeNow.bind(target)
  target.writeNow = (bytes) => {
    sizes.push(bytes.length)
    return writeNow(bytes)
  }
  queue.changeTarget(target)
  add(`123456\n123456\n123456\n${'y'.repeat(30)}\nend\n`)
  expect(sizes).toEqual([14, 7, 31, 4])
})

test('the target before is closed once, and not while something is written to it', () => {
  const [before, after] = [new Memory('onDisk'), new Memory('onDisk')]
  queue.changeTarget(before)
  add('one\n')
  queue.changeTarget(after)
  add('two\n')
  expect(before.closes).toBe(0)
  before.finish?.()
  expect(before.closes).toBe(1)
  after.finish?.()
  expect([before.text, after.text]).toEqual(['one\n', 'two\n'])
  expect([before.closes, after.closes]).toEqual([1, 0])
})

test('a target that never came to be used is closed as well', () => {
  const targets = [new Memory('onDisk'), new Memory('onDisk'), new Memory('onDisk')] as const
  queue.changeTarget(targets[0])
  add('one\n')
  queue.changeTarget(targets[1])
  queue.changeTarget(targets[2])
  targets[0].finish?.()
  expect(targets.map(({ closes }) => closes)).toEqual([1, 1, 0])
})

test('a line that a full target has in part is whole in the next one', () => {
  const [full, next] = [new Memory('onDisk', [6, 'ENOSPC']), new Memory('atOnce')]
  queue.changeTarget(full)
  add('one\ntwo\n')
  full.finish?.()
  full.finish?.()
  expect(full.text).toBe('one\n \n')
  queue.changeTarget(next)
  expect(next.text).toBe('two\n')
})

test('a line that a full disk has in part is blanked out, and written anew as a whole', () => {
  const target = new Memory('onDisk', [6, 'ENOSPC'])
  queue.changeTarget(target)
  add('one\ntwo\n')
  target.finish?.()
  target.finish?.()
  target.text += 'of another process\n'
  vi.advanceTimersByTime(1_000)
  target.finish?.()
  expect(target.text).toBe('one\n \nof another process\ntwo\n')
  expect([queue.linesLost, queue.isEmpty]).toEqual([0, true])
})

test('a torn line that cannot be blanked out counts as lost, and the whole line comes on a line of its own', () => {
  const target = new Memory('onDisk', [6, 'ENOSPC'])
  target.canBlankOut = false
  queue.changeTarget(target)
  add('one\ntwo\n')
  target.finish?.()
  target.finish?.()
  expect(queue.linesLost).toBe(1)
  queue.flush(0, 0)
  expect(target.text).toBe('one\ntw\ntwo\n')
})

test('a flush that a full disk takes in part leaves no torn line either', () => {
  const target = new Memory('onDisk', [6, 'ENOSPC'])
  queue.changeTarget(target)
  queue.keep(Buffer.from('one\ntwo\n'))
  queue.flush(0, 0)
  expect(target.text).toBe('one\n \n')
})

test('what is given up counts as lost, a line that was taken in part among it, and is not tried any more', () => {
  const target = new Memory('atOnce', [6, 'EAGAIN'])
  queue.changeTarget(target)
  add('one\ntwo\n')
  add('three\n')
  queue.abandon()
  expect([target.text, queue.linesLost, queue.isEmpty]).toEqual(['one\ntw', 2, true])
  vi.advanceTimersByTime(1_000)
  expect(target.text).toBe('one\ntw')
})

test('small blocks that have to wait do not keep the large buffers that they are parts of', () => {
  queue.changeTarget(new Memory('atOnce', Array(1_000).fill('EAGAIN')))
  const before = measureMemory().bufferBytes
  const line = 'x'.repeat(99)
  for (let blocks = 0; blocks < 1_000; blocks++) {
    const large = Buffer.allocUnsafeSlow(64 * 1024)
    large.write(`${line}\n`)
    queue.add(large.subarray(0, 100))
  }
  expect(measureMemory().bufferBytes - before).toBeLessThan(1024 * 1024)
})

test('whatever a target does, every line comes once, whole and in order', () => {
  const answer = fc.oneof(fc.nat(40), fc.constantFrom('EAGAIN' as const, 'ENOSPC' as const))
  // Not blank, as no line of a log is.
  const line = fc.string({ maxLength: 30 }).map((text) => `-${text.replaceAll('\n', ' ')}\n`)
  const step = fc.oneof(line, fc.constantFrom('wait' as const, 'finish' as const, 'flush' as const))
  const kind = fc.constantFrom('atOnce' as const, 'onDisk' as const)
  const property = fc.property(kind, fc.array(answer, { maxLength: 20 }), fc.array(step), (writes, answers, steps) => {
    queue = new BlockQueue()
    const target = new Memory(
      writes,
      answers.filter((one) => one !== 0),
    )
    queue.changeTarget(target)
    for (const one of steps) {
      if (one === 'wait') vi.advanceTimersByTime(20)
      else if (one === 'finish') target.finish?.()
      // Only what is under way in the background could be overtaken.
      else if (one === 'flush') target.finish ?? queue.flush(0, 0)
      else add(one)
    }
    for (let rounds = 0; rounds < 2_000 && !queue.isEmpty; rounds++) {
      target.finish?.()
      vi.advanceTimersByTime(100)
    }
    const mended = writes === 'onDisk' ? target.text.replace(/^ *\n/gm, '') : target.text
    expect(mended).toBe(steps.filter((one) => !['wait', 'finish', 'flush'].includes(one)).join(''))
    expect(queue.linesLost).toBe(0)
  })
  fc.assert(property, { numRuns: 500 })
})

test('a reader that another thread waits for holds up no flush, and is told of', () => {
  const target = new Memory('forReader')
  queue.changeTarget(target)
  add('one\n')
  expect(queue.isHeldUp).toBe(true)
  add('two\n')
  queue.flush(1_000, 1_000)
  expect(target.text).toBe('')
  target.finish?.()
  target.finish?.()
  expect(target.text).toBe('one\ntwo\n')
  expect(queue.isHeldUp).toBe(false)
})
