import { once } from 'node:events'
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { ChannelListener } from '../../../src/system/sockets/channel-listener.ts'
import { DescriptorChannel } from '../../../src/system/sockets/descriptor-channel.ts'

const directory = mkdtempSync(join(tmpdir(), 'copyloop-'))
const path = join(directory, 'x.ctl')
const moved = join(directory, 'moved.ctl')
let listener: ChannelListener | undefined

beforeEach(() => rmSync(path, { force: true }))
afterEach(() => {
  listener?.close()
  listener = undefined
})
afterAll(() => rmSync(directory, { recursive: true }))

const codeOf = (call: () => unknown): string | undefined => {
  try {
    call()
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

test('a control socket is its owner’s, and goes with its listener', () => {
  listener = ChannelListener.listen(path)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  DescriptorChannel.connect(path).close()
  listener.close()
  listener = undefined
  expect(existsSync(path)).toBe(false)
  expect(codeOf(() => DescriptorChannel.connect(path))).toBe('ENOENT')
})

test('its mode can be another', () => {
  listener = ChannelListener.listen(path, 0o660)
  expect(statSync(path).mode & 0o777).toBe(0o660)
})

test('a file that a dead process left is removed', () => {
  const dead = ChannelListener.listen(path)
  renameSync(path, moved)
  dead.close()
  renameSync(moved, path)
  expect(codeOf(() => DescriptorChannel.connect(path))).toBe('ECONNREFUSED')
  listener = ChannelListener.listen(path)
  DescriptorChannel.connect(path).close()
})

test('the file of a living process stays, and so does one that is no socket', async () => {
  listener = ChannelListener.listen(path)
  expect(codeOf(() => ChannelListener.listen(path))).toBe('EADDRINUSE')
  DescriptorChannel.connect(path).close()
  const streams = net.createServer().listen(moved)
  await once(streams, 'listening')
  expect(codeOf(() => ChannelListener.listen(moved))).toBe('EADDRINUSE')
  expect(codeOf(() => DescriptorChannel.connect(moved))).toBe('EPROTOTYPE')
  expect(existsSync(moved)).toBe(true)
  streams.close()
  writeFileSync(moved, '')
  expect(codeOf(() => ChannelListener.listen(moved))).toBe('EADDRINUSE')
  rmSync(moved)
})

test('the file of a successor stays', () => {
  const old = ChannelListener.listen(path)
  rmSync(path)
  listener = ChannelListener.listen(path)
  old.close()
  DescriptorChannel.connect(path).close()
})

test('a path that cannot be is an error with the address in it', () => {
  expect(() => ChannelListener.listen(join(directory, 'missing', 'x.ctl'))).toThrow(
    `bind ENOENT unix:${directory}/missing/x.ctl`,
  )
  expect(() => DescriptorChannel.connect(`/${'x'.repeat(120)}`)).toThrow('longer than 107 bytes')
})
