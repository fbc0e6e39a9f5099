import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, readSync, writeSync } from 'node:fs'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pipe } from '../../../src/system/libc.ts'
import { ChannelListener } from '../../../src/system/sockets/channel-listener.ts'
import { type ChannelMessage, DescriptorChannel } from '../../../src/system/sockets/descriptor-channel.ts'
import { countDescriptors } from '../../support/descriptors.ts'
import { canLimit, countDescriptorsOf, leaveDescriptors } from '../../support/limits.ts'
import { until } from '../../support/until.ts'

const CHILD = fileURLToPath(new URL('../children/channel-end.mjs', import.meta.url))
const DIST = fileURLToPath(new URL('../../../dist', import.meta.url))

let path: string
let listener: ChannelListener
let accepted: DescriptorChannel[] = []
let child: ChildProcess | undefined
let before: number
let tests = 0

beforeEach(() => {
  path = `@copyloop-channel-${process.pid}-${++tests}`
  before = countDescriptors()
  accepted = []
  listener = ChannelListener.listen(path)
  listener.onChannel((channel) => accepted.push(channel))
})
afterEach(async () => {
  for (const channel of accepted) channel.close()
  listener.close()
  child?.kill()
  child = undefined
  await until(
    () => `${countDescriptors()} descriptors are open, not ${before}`,
    () => countDescriptors() <= before,
  )
})

const acceptedOne = async (): Promise<DescriptorChannel> => {
  await until('the listener has a channel', () => accepted.length > 0)
  const [channel] = accepted
  if (channel === undefined) throw new Error('no channel')
  return channel
}

/** Both ends here. */
const pair = async (): Promise<[DescriptorChannel, DescriptorChannel]> => {
  const connected = DescriptorChannel.connect(path)
  return [connected, await acceptedOne()]
}

const newPipe = (): readonly [number, number] => {
  const made = pipe()
  if (typeof made === 'number') throw new Error(`there is no pipe: error ${made}`)
  return made
}

const isMessage = (received: ReturnType<DescriptorChannel['receive']>): received is ChannelMessage =>
  typeof received === 'object'

const received = (channel: DescriptorChannel): ChannelMessage => {
  const message = channel.receive()
  if (!isMessage(message)) throw new Error(`no message, but ${message}`)
  return message
}

const textOf = (channel: DescriptorChannel): string => {
  const { bytes, descriptors } = received(channel)
  expect(descriptors).toEqual([])
  return bytes.toString()
}

const readText = (descriptor: number): string => {
  const bytes = Buffer.alloc(4096)
  return bytes.toString('latin1', 0, readSync(descriptor, bytes))
}

describe('a channel within a process', () => {
  test('keeps the borders and the order of messages, both ways', async () => {
    const [one, other] = await pair()
    expect(other.receive()).toBeUndefined()
    for (const text of ['first', 'second', 'third']) expect(one.send(Buffer.from(text))).toBe('sent')
    expect(other.send(Buffer.from('back'))).toBe('sent')
    expect([textOf(other), textOf(other), textOf(other)]).toEqual(['first', 'second', 'third'])
    expect(other.receive()).toBeUndefined()
    expect(textOf(one)).toBe('back')
    one.close()
  })

  test('passes 250 descriptors with 190 KiB, in order', async () => {
    const [one, other] = await pair()
    const [reader, writer] = newPipe()
    const bytes = Buffer.alloc(190 * 1024, 'copyloop')
    const pipes = Array.from({ length: 125 }, newPipe)
    expect(one.send(bytes, pipes.flat())).toBe('sent')
    for (const descriptor of pipes.flat()) closeSync(descriptor)
    const message = received(other)
    expect(message.bytes.equals(bytes)).toBe(true)
    expect(message.descriptors).toHaveLength(250)
    for (let index = 0; index < 250; index += 2) {
      const [from = -1, to = -1] = message.descriptors.slice(index)
      writeSync(to, `pipe ${index}`)
      expect(readText(from)).toBe(`pipe ${index}`)
    }
    for (const descriptor of [reader, writer, ...message.descriptors]) closeSync(descriptor)
    one.close()
  })

  test('refuses a message that is empty or too large, or with a descriptor that is not open', async () => {
    const [one] = await pair()
    expect(() => one.send(Buffer.alloc(0))).toThrow('must not be empty')
    expect(() => one.send(Buffer.alloc(190 * 1024 + 1))).toThrow('at most 194560 bytes')
    expect(() => one.send(Buffer.from('x'), new Array(251).fill(0))).toThrow('at most 250 descriptors')
    expect(() => one.send(Buffer.from('x'), [1_000_000])).toThrow('sendmsg EBADF')
    one.close()
  })

  test('is full while the other end does not receive, and loses nothing', async () => {
    const [one, other] = await pair()
    let sent = 0
    while (one.send(Buffer.alloc(10_000, sent % 256)) === 'sent') sent += 1
    expect(sent).toBeGreaterThan(1)
    for (let index = 0; index < sent; index++) expect(received(other).bytes[0]).toBe(index % 256)
    expect(other.receive()).toBeUndefined()
    expect(one.send(Buffer.from('again'))).toBe('sent')
    expect(textOf(other)).toBe('again')
    one.close()
  })

  test('ends once all is received, and is gone for who sends, also when something was left unread', async () => {
    const [one, other] = await pair()
    one.send(Buffer.from('last'))
    other.send(Buffer.from('never read'))
    one.close()
    expect(textOf(other)).toBe('last')
    expect(other.receive()).toBe('ended')
    expect(other.receive()).toBe('ended')
    expect(other.send(Buffer.from('x'))).toBe('gone')
  })

  test('releases descriptors that were sent and never received', async () => {
    const [one, other] = await pair()
    const [reader, writer] = newPipe()
    one.send(Buffer.from('x'), [writer])
    closeSync(writer)
    expect(() => readSync(reader, Buffer.alloc(1))).toThrow('EAGAIN')
    other.close()
    await until('the pipe has ended', () => isEnded(reader))
    closeSync(reader)
    one.close()
  })

  test('may be closed when it calls back, and an error in the callback is not lost', async () => {
    const [one, other] = await pair()
    const failed = new Promise<unknown>((resolve) => {
      const others = process.listeners('uncaughtException')
      process.removeAllListeners('uncaughtException')
      process.once('uncaughtException', (error) => {
        for (const listener of others) process.on('uncaughtException', listener)
        resolve(error)
      })
    })
    let calls = 0
    other.onReadable(() => {
      calls += 1
      other.close()
      throw new Error('from the callback')
    })
    one.send(Buffer.from('x'))
    expect(await failed).toMatchObject({ message: 'from the callback' })
    expect(one.send(Buffer.from('x'))).toBe('gone')
    expect(calls).toBe(1)
    one.close()
  })
})

const isEnded = (reader: number): boolean => {
  try {
    return readSync(reader, Buffer.alloc(1)) === 0
  } catch {
    return false
  }
}

describe('a channel to another process', () => {
  const told: Record<string, unknown>[] = []

  const startChild = async (): Promise<DescriptorChannel> => {
    told.length = 0
    child = fork(CHILD, [DIST, path])
    child.on('message', (message) => told.push(message as Record<string, unknown>))
    await until('the other process is connected', () => told.length === 1)
    return acceptedOne()
  }

  test('shows each the credentials of the other', async () => {
    const channel = await startChild()
    const [uid, gid] = [process.getuid?.(), process.getgid?.()]
    expect(channel.peer).toEqual({ pid: child?.pid, uid, gid })
    expect(told).toEqual([{ connected: true, peer: { pid: process.pid, uid, gid } }])
  })

  test('passes a pipe and a connection that work after the sender has closed its own', async () => {
    const channel = await startChild()
    const [reader, writer] = newPipe()
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
    const [connection] = (await once(server, 'connection')) as [net.Socket]
    const { fd } = (connection as unknown as { _handle: { fd: number } })._handle
    expect(channel.send(Buffer.from('one'))).toBe('sent')
    expect(channel.send(Buffer.from('two'), [writer, fd, writer])).toBe('sent')
    expect(channel.send(Buffer.from('three'), [fd])).toBe('sent')
    closeSync(writer)
    connection.destroy()
    child?.send({ receive: true })
    channel.close()
    let text = ''
    for await (const chunk of client.setEncoding('latin1')) text += chunk
    expect(text).toBe('1,0,')
    await until('all is told', () => told.length === 5)
    expect(told.slice(1)).toEqual([
      { text: 'one', descriptors: 0 },
      { text: 'two', descriptors: 3 },
      { text: 'three', descriptors: 1 },
      { ended: true },
    ])
    expect(readText(reader)).toBe('0,2,')
    expect(isEnded(reader)).toBe(true)
    closeSync(reader)
    server.close()
  })

  test.runIf(canLimit())('reports descriptors that it could not open, keeps none of them, and goes on', async () => {
    const channel = await startChild()
    const { pid = 0 } = child ?? {}
    const [reader, writer] = newPipe()
    child?.send({ receive: true })
    channel.send(Buffer.from('before'))
    await until('the first message is there', () => told.length === 2)
    const open = countDescriptorsOf(pid)
    leaveDescriptors(pid, 2)
    channel.send(Buffer.from('too many'), [writer, writer, writer])
    channel.send(Buffer.from('two'), [writer, writer])
    closeSync(writer)
    await until('all is told', () => told.length === 4)
    expect(told[2]).toMatchObject({ code: 'EMFILE', error: expect.stringContaining('ulimit -n') })
    expect(told[3]).toEqual({ text: 'two', descriptors: 2 })
    expect(countDescriptorsOf(pid)).toBe(open)
    expect(readText(reader)).toBe('0,1,')
    expect(isEnded(reader)).toBe(true)
    closeSync(reader)
  })
})
