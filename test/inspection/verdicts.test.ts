import { describe, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { never, within } from '../support/until.ts'
import { withWorker } from '../support/worker-harness.ts'
import { collect, inspector, untilText } from './support.ts'

describe.each(ENGINES)('verdicts, engine $name', ({ open }) => {
  const engine = open()
  const inspect = [inspector('scripted')]

  test('pass lets bytes through both ways, unchanged, and the end after them', () =>
    withWorker(engine, { inspect }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const [up, down] = [collect(upstream), collect(client)]
      client.socket.write('hello')
      await untilText(up, 'hello')
      upstream.socket.end('and good bye')
      await untilText(down, 'and good bye')
      client.socket.end('bye')
      await untilText(up, 'hellobye')
      expect(await upstream.receivedAll).toBe('FIN')
      const line = await harness.line('completed')
      expect(line).toMatchObject({ bytesToUpstream: 8, bytesToClient: 12 })
      expect(line.inspectors).toEqual([expect.stringMatching(/^scripted@[0-9a-f]{12}$/)])
    }))

  test('replace puts other bytes in their place, or none', () =>
    withWorker(engine, { inspect }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.write('a REPLACE b,')
      await untilText(up, 'a replaced b,')
      client.socket.write('DROP')
      await never('dropped bytes', () => up.text !== 'a replaced b,')
      client.socket.end('on')
      await untilText(up, 'a replaced b,on')
      expect(await upstream.receivedAll).toBe('FIN')
    }))

  test('hold keeps bytes until the inspector lets them go, in order', () =>
    withWorker(engine, { inspect }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.write('HOLD 1,')
      await never('held bytes', () => up.text !== '')
      client.socket.write('HOLD 2,')
      await never('held bytes', () => up.text !== '')
      client.socket.write('go')
      await untilText(up, 'HOLD 1,HOLD 2,go')
      client.socket.write('HOLD 3,')
      await never('held bytes', () => up.text !== 'HOLD 1,HOLD 2,go')
      client.socket.write('REPLACE')
      await untilText(up, 'HOLD 1,HOLD 2,goreplaced')
      client.socket.end('HOLD 4')
      await untilText(up, 'HOLD 1,HOLD 2,goreplacedHOLD 4')
      expect(await upstream.receivedAll).toBe('FIN')
    }))

  test('block resets both sides, and the line has the reason', () =>
    withWorker(engine, { inspect }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.write('hello')
      await untilText(up, 'hello')
      client.socket.write('BLOCK this')
      expect(await within('the RST', client.receivedAll)).toBe('ECONNRESET')
      expect(await within('the RST', upstream.receivedAll)).toBe('ECONNRESET')
      expect(up.text).toBe('hello')
      expect(await harness.line('blocked')).toMatchObject({
        endedBy: 'proxy',
        verdict: 'scripted: it said so',
        bytesToUpstream: 5,
      })
    }))

  test('detach ends the inspection of a direction, detach of the connection that of both', () =>
    withWorker(engine, { inspect }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const [up, down] = [collect(upstream), collect(client)]
      client.socket.write('DETACH')
      await untilText(up, 'DETACH')
      client.socket.write(',BLOCK')
      await untilText(up, 'DETACH,BLOCK')
      upstream.socket.write('REPLACE')
      await untilText(down, 'replaced')
      upstream.socket.write(',CALLS')
      await untilText(down, 'replaced["toUpstream:DETACH","toClient:REPLACE","toClient:,CALLS"]')
      const other = await harness.connect()
      const [otherUp, otherDown] = [collect(other.upstream), collect(other.client)]
      other.client.socket.write('DETACH ALL')
      await untilText(otherUp, 'DETACH ALL')
      other.upstream.socket.write('BLOCK')
      await untilText(otherDown, 'BLOCK')
    }))

  test('passAfter lets bytes go later, and holds up neither the other direction nor other connections', () =>
    withWorker(engine, { inspect }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const [up, down] = [collect(upstream), collect(client)]
      const startMs = performance.now()
      client.socket.write('LATER')
      upstream.socket.write('hello')
      await untilText(down, 'hello')
      expect(performance.now() - startMs).toBeLessThan(190)
      await untilText(up, 'LATER')
      expect(performance.now() - startMs).toBeGreaterThan(190)
    }))

  test('passAfter with a delay that no timer holds does not let them go at once', () =>
    withWorker(engine, { inspect }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const [up, down] = [collect(upstream), collect(client)]
      client.socket.write('MONTHS LATER')
      upstream.socket.write('hello')
      await untilText(down, 'hello')
      await never('it goes on', () => up.text !== '')
    }))

  test.each([
    ['replace', 'FIN', 'HOLDend of toUpstream', 'completed'],
    ['hold', 'ECONNRESET', '', 'inspectionFailed'],
    ['block', 'ECONNRESET', '', 'blocked'],
  ] as const)('an inspector may %s at the end, and FIN waits for it', (end, how, text, outcome) =>
    withWorker(engine, { inspect: [inspector('scripted', { options: { end } })] }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.end('HOLD')
      expect(await within('the end', upstream.receivedAll)).toBe(how)
      expect(up.text).toBe(end === 'replace' ? 'end of toUpstream' : text)
      upstream.socket.end()
      if (outcome !== 'completed') await harness.line(outcome)
    }),
  )

  test('what an inspector notes is in the line', () =>
    withWorker(engine, { inspect }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.end('NOTE')
      upstream.socket.end()
      await untilText(up, 'NOTE')
      expect(await harness.line('completed')).toMatchObject({ protocol: 'scripted' })
    }))
})
