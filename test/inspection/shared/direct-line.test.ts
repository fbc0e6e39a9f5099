/** Batches that a thread answers without a message, and those for which it needs one. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { configFromObject } from '../../../src/config/load.ts'
import { findInspectors } from '../../../src/inspection/host/sets/find-inspectors.ts'
import { InspectorThread } from '../../../src/inspection/host/threads/inspector-thread.ts'
import { Batch } from '../../../src/inspection/shared/batch.ts'
import { countMemory } from '../../../src/inspection/shared/count-row.ts'
import { DirectLine } from '../../../src/inspection/shared/direct-line.ts'
import type { Answer, Request } from '../../../src/inspection/shared/messages.ts'
import { inspector } from '../support.ts'

const MIB = 1024 * 1024
const info = { id: '1', listener: 'web', client: 'unix:', upstream: 'app', server: 'unix:' }
const open: Request = { kind: 'notice', notice: { kind: 'open', connection: 1, setNumber: 1, info } }
const end: Request = { kind: 'end', connection: 1, direction: 'toUpstream' }

type Answers = readonly Answer[] | Promise<readonly Answer[]>

const askAbout = ({ channel }: InspectorThread, requests: readonly Request[]): Answers => {
  expect(channel.pack(requests)).toBe(requests.length)
  return channel.ask()
}

/** A thread with one connection, and how to ask it about texts. */
const withThread = async (
  name: string,
  body: (ask: (...texts: string[]) => Answers, thread: InspectorThread, ended: string[]) => Promise<void>,
): Promise<void> => {
  const { listeners } = configFromObject({
    listeners: [{ name: 'web', listen: ':0', upstream: 'app', inspect: [inspector(name)] }],
    upstreams: [{ name: 'app', servers: ['127.0.0.1:1'] }],
  })
  const ended: string[] = []
  const thread = new InspectorThread(64 * MIB, { onEnd: (reason) => ended.push(reason), onStuck: () => {} })
  const chunk = (text: string): Request => {
    return { kind: 'chunk', connection: 1, direction: 'toUpstream', bytes: Buffer.from(text) }
  }
  const ask = (...texts: string[]): Answers => askAbout(thread, texts.map(chunk))
  try {
    await thread.load({ setNumber: 1, listeners: await findInspectors(listeners), counts: countMemory(1) })
    await askAbout(thread, [open])
    await body(ask, thread, ended)
  } finally {
    thread.end()
  }
}

/** Asks until an answer comes at once: a thread that was just started, or a busy machine, may need a message. */
const untilAnsweredAtOnce = async (ask: () => Answers): Promise<readonly Answer[]> => {
  for (let times = 0; times < 2000; times++) {
    const answers = ask()
    if (!(answers instanceof Promise)) return answers
    await answers
  }
  throw new Error('never answered at once')
}

test('a thread that has just answered answers at once, each item, in order', () =>
  withThread('scripted', async (ask, thread) => {
    expect(await untilAnsweredAtOnce(() => ask('a', 'HOLD', 'b'))).toEqual([0, 1, 0])
    expect(await untilAnsweredAtOnce(() => askAbout(thread, [end]))).toEqual([0])
  }))

test('answers that are more than numbers come all the same, and every call is made once', () =>
  withThread('scripted', async (ask) => {
    await untilAnsweredAtOnce(() => ask('x'))
    const [first, second] = await ask('1', 'REPLACE 2')
    expect(first).toBe(0)
    expect(second).toMatchObject({ goesOn: [new Uint8Array(Buffer.from('replaced 2'))] })
    const [calls] = await ask('CALLS')
    const made = JSON.parse(String(Buffer.from((calls as { goesOn: readonly Uint8Array[] }).goesOn[0] ?? [])))
    expect(made.slice(-3)).toEqual(['toUpstream:1', 'toUpstream:REPLACE 2', 'toUpstream:CALLS'])
  }))

test('a slow inspector stops the main thread for less than its call takes, and not each time', () =>
  withThread('faulty', async (ask) => {
    await untilAnsweredAtOnce(() => ask('x'))
    let blockedMs = 0
    for (let times = 0; times < 10; times++) {
      const startMs = performance.now()
      const answers = ask('slow;')
      blockedMs += performance.now() - startMs
      expect(await answers).toEqual([0])
    }
    // A call takes 30 ms.
    expect(blockedMs).toBeLessThan(150)
  }))

test('a thread that ends while it is asked at once rejects, with the reason', () =>
  withThread('faulty', async (ask, _thread, ended) => {
    await untilAnsweredAtOnce(() => ask('x'))
    await expect(ask('exit;')).rejects.toThrow(/exited with code: 3/)
    expect(ended.length).toBe(1)
  }))

test('timers of an inspector run although it is asked without a pause', () =>
  withThread('faulty', async (ask, _thread, ended) => {
    await ask('throw later;')
    const deadline = performance.now() + 5_000
    while (ended.length === 0 && performance.now() < deadline) {
      try {
        await ask('x')
      } catch {
        break
      }
      // What the thread says is heard between two batches.
      await new Promise(setImmediate)
    }
    expect(ended).toEqual([expect.stringMatching(/thrown later/)])
  }))

test('versions are loaded and dropped while a thread listens', () =>
  withThread('scripted', async (ask, thread) => {
    await untilAnsweredAtOnce(() => ask('x'))
    const loaded = await thread.load({ setNumber: 2, listeners: {}, counts: countMemory(0) })
    expect(loaded).toEqual({})
    const unload: Request = { kind: 'notice', notice: { kind: 'unload', setNumber: 2 } }
    expect(await askAbout(thread, [unload])).toEqual([0])
    expect(await ask('x')).toEqual([0])
    await sleep(20)
    expect(await ask('x')).toEqual([0])
  }))

test('nothing is asked of a thread that does not listen', () => {
  expect(new DirectLine(new Batch()).ask(1000)).toBe(undefined)
})
