import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, test } from 'vitest'
import { Conversation } from '../../../src/inspection/builtin/capture/conversation.ts'
import { Redactor } from '../../../src/inspection/builtin/capture/redactor.ts'
import { DRAIN_AT_ONCE } from '../../../src/serving/state.ts'
import { ENGINES } from '../../support/engines.ts'
import { until, within } from '../../support/until.ts'
import { withWorker } from '../../support/worker-harness.ts'
import { collect, untilText } from '../support.ts'

const TSHARK = ['/usr/bin/tshark', '/usr/local/bin/tshark'].find((path) => existsSync(path))
const withTshark = TSHARK === undefined ? ' (skipped: there is no tshark here)' : ''

const directory = mkdtempSync(join(tmpdir(), 'copyloop-capture-'))
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** With checksums looked at, which tshark leaves out by default. */
const tshark = (file: string, ...args: string[]): string =>
  execFileSync(
    TSHARK ?? '',
    ['-n', '-r', file, '-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE', ...args],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28 },
  )

/** What tshark puts together of both sides, client first. */
const followed = (file: string): { client: string; server: string } => {
  const sides = { client: '', server: '' }
  for (const line of tshark(file, '-q', '-z', 'follow,tcp,raw,0').split('\n')) {
    if (!/^\t?[0-9a-f]+$/.test(line)) continue
    sides[line.startsWith('\t') ? 'server' : 'client'] += Buffer.from(line.trim(), 'hex').toString('latin1')
  }
  return sides
}

/** Packets that tshark finds something wrong with. */
const wrong = (file: string): string =>
  tshark(
    file,
    '-Y',
    'tcp.analysis.flags || tcp.checksum.status == "Bad" || ip.checksum.status == "Bad" || _ws.malformed',
  )

const files = (): string[] => (existsSync(directory) ? readdirSync(directory) : []).map((name) => join(directory, name))

const capture = (options: object = {}) => [{ use: 'builtin:capture', options: { directory, ...options } }]

describe.each(ENGINES)(`builtin:capture, engine $name${withTshark}`, ({ open }) => {
  const engine = open()

  test.skipIf(!TSHARK)('writes what tshark reads back, byte for byte', () =>
    withWorker(engine, { inspect: capture() }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const [up, down] = [collect(upstream), collect(client)]
      client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      await untilText(up, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      upstream.socket.end(Buffer.alloc(200_000, 'answer '))
      expect(await within('the FIN', client.receivedAll)).toBe('FIN')
      client.socket.end()
      await harness.line('completed')
      await harness.worker.drain(DRAIN_AT_ONCE)
      const [file = ''] = files()
      expect(followed(file)).toEqual({ client: up.text, server: down.text })
      expect(wrong(file)).toBe('')
      const flags = tshark(file, '-T', 'fields', '-e', 'tcp.flags.str')
        .split('\n')
        .map((text) => text.replace(/·/g, ''))
      expect(flags.slice(0, 3)).toEqual(['S', 'AS', 'A'])
      expect(flags.filter((text) => text.includes('F'))).toHaveLength(2)
    }),
  )

  test.skipIf(!TSHARK)('shows a reset as a reset', () =>
    withWorker(engine, { inspect: capture() }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.write('hello')
      await untilText(up, 'hello')
      client.reset()
      await harness.line('clientReset')
      await harness.worker.drain(DRAIN_AT_ONCE)
      const [file = ''] = files()
      expect(
        tshark(file, '-Y', 'tcp.flags.reset == 1', '-T', 'fields', '-e', 'tcp.srcport').trim().split('\n'),
      ).toHaveLength(1)
      expect(tshark(file, '-Y', 'tcp.flags.fin == 1')).toBe('')
    }),
  )

  test('keeps within its caps, and the connection goes on', () =>
    withWorker(engine, { inspect: capture({ maxBytes: '16KiB', maxFiles: 1 }) }, async (harness) => {
      for (let connections = 0; connections < 3; connections++) {
        const { client, upstream } = await harness.connect()
        client.socket.end(Buffer.alloc(300_000))
        upstream.socket.end()
        expect(await within('the FIN', upstream.receivedAll)).toBe('FIN')
        expect(upstream.received).toBe(300_000)
      }
      await until('three lines', () => harness.lines().length === 3)
      await harness.worker.drain(DRAIN_AT_ONCE)
      expect(files()).toHaveLength(1)
      expect(statSync(files()[0] ?? '').size).toBeLessThan(18 * 1024)
    }))

  test.skipIf(!TSHARK)('redacts, also what is cut in two, and with a hook', () => {
    const hook = join(mkdtempSync(join(tmpdir(), 'copyloop-hook-')), 'hook.mjs')
    writeFileSync(
      hook,
      'export default (bytes) => { for (const i of bytes.keys()) if (bytes[i] === 55) bytes[i] = 35; return bytes }',
    )
    const inspect = capture({ redact: [{ text: 'passw0rd' }], redactWith: hook })
    return withWorker(engine, { inspect }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.write('my pass')
      await untilText(up, 'my pass')
      client.socket.end('w0rd is 777')
      upstream.socket.end()
      await untilText(up, 'my passw0rd is 777')
      await harness.line('completed')
      await harness.worker.drain(DRAIN_AT_ONCE)
      expect(followed(files()[0] ?? '').client).toBe('my xxxxxxxx is ###')
    })
  })
})

describe('a conversation', () => {
  it.skipIf(!TSHARK).each([
    ['[2001:db8::1]:4711', '[2001:db8:1::ffff:2]:443', '2001:db8::1', '2001:db8:1::ffff:2'],
    ['192.0.2.7:4711', '[2001:db8::2]:443', '::ffff:192.0.2.7', '2001:db8::2'],
    ['unix:', '127.0.0.1:80', '192.0.2.1', '127.0.0.1'],
    ['[::ffff:192.0.2.9]:1', '[::1]:2', '::ffff:192.0.2.9', '::1'],
  ])('from %s to %s has addresses that tshark reads', (client, server, source, destination) => {
    const blocks: Buffer[] = []
    const info = { id: '1', listener: 'web', upstream: 'app', client, server }
    const conversation = new Conversation(info, (bytes) => blocks.push(bytes))
    conversation.data('toUpstream', Buffer.from('odd'))
    const file = join(mkdtempSync(join(tmpdir(), 'copyloop-conversation-')), 'one.pcapng')
    writeFileSync(file, Buffer.concat(blocks))
    const family = source.includes(':') ? 'ipv6' : 'ip'
    const line = tshark(file, '-Y', 'tcp.len == 3', '-T', 'fields', '-e', `${family}.src`, '-e', `${family}.dst`)
    expect(line.trim().split('\t')).toEqual([source, destination])
    expect(wrong(file)).toBe('')
  })
})

describe('redaction', () => {
  it('overwrites each secret, however the stream is cut, and changes nothing else', () => {
    const text = 'a secret and secretsecret, secre and t'
    for (let size = 1; size < text.length; size++) {
      const redactor = new Redactor([Buffer.from('secret'), Buffer.from('and s')])
      let shown = ''
      for (let at = 0; at < text.length; at += size) shown += redactor.add(Buffer.from(text.slice(at, at + size)))
      shown += redactor.rest()
      expect(shown).toHaveLength(text.length)
      expect(shown).not.toContain('secret')
      expect(shown.endsWith(', secre and t')).toBe(true)
    }
  })
})
