import { writeSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Reactor, type Watched } from '../../../src/engine/kernel/reactor.ts'
import { close, pipe } from '../../../src/system/libc.ts'
import { until } from '../../support/until.ts'

const openPipe = (): { read: number; write: number } => {
  const made = pipe()
  if (typeof made === 'number') throw new Error(`pipe: ${made}`)
  return { read: made[0], write: made[1] }
}

const watched = (fd: number, onEvents: (events: number) => void): Watched =>
  ({ fd, generation: 0, onEvents }) as Watched

test('an event of a socket that was closed in the same batch does not reach the next owner of its number', async () => {
  const reactor = new Reactor()
  const pipes = [openPipe(), openPipe()]
  const heard: string[] = []
  let next: { read: number; write: number } | undefined
  for (const [index, { read }] of pipes.entries()) {
    // Whichever comes first closes the other one and opens a pipe that gets its number.
    const onEvents = (): void => {
      heard.push(`${index}`)
      if (next) return
      const other = pipes[1 - index]
      if (other === undefined) return
      reactor.forget(other.read)
      close(other.read)
      next = openPipe()
      expect(next.read).toBe(other.read)
      reactor.watch(watched(next.read, () => heard.push('next')))
    }
    reactor.watch(watched(read, onEvents))
  }
  // Both are readable before the loop turns: one batch.
  for (const { write } of pipes) writeSync(write, 'x')
  await until('the first', () => heard.length > 0)
  for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate)
  expect(heard).toHaveLength(1)

  // The new one is heard when something comes for it.
  writeSync(next?.write ?? -1, 'x')
  await until('the next', () => heard.includes('next'))
  expect(heard).toHaveLength(2)
  for (const { read, write } of pipes) {
    reactor.forget(read)
    close(read)
    close(write)
  }
  close(next?.write ?? -1)
})

test('work that is put off is done once, also when it is put off twice, and may be put off again', async () => {
  const reactor = new Reactor()
  let times = 0
  const ready = {
    queued: false,
    resume: () => {
      times += 1
      if (times < 100) reactor.later(ready)
    },
  }
  reactor.later(ready)
  reactor.later(ready)
  await until('all of it', () => times === 100)
  for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate)
  expect(times).toBe(100)
})
