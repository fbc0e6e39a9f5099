/** What HAProxy and nginx send and accept, as what copyloop accepts and sends. */
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/measure/ports.ts'
import { ENGINES } from '../support/engines.ts'
import { until, within } from '../support/until.ts'
import { closeAll, echo, echoServer, open } from './support/echo.ts'
import { hasHaproxy, hasNginx, startHaproxy, startNginx } from './support/other-proxies.ts'
import { endPrograms } from './support/programs.ts'
import { type Copyloop, endAll, type LogLine, relayTo, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await endPrograms()
  await closeAll()
})

const config = (server: string, listener: object, upstream: object) => {
  const { listeners, upstreams } = relayTo(server)
  return { listeners: [{ ...listeners[0], ...listener }], upstreams: [{ ...upstreams[0], ...upstream }] }
}

const portOf = (address: string): number => Number(address.split(':').at(-1))

const lineOf = async (copyloop: Copyloop, client: string): Promise<LogLine> => {
  const isIts = (line: LogLine): boolean => line.msg === 'connection' && line.client === client
  await until(
    () => `a line of ${client} in ${copyloop.stdout}`,
    () => copyloop.log.some(isIts),
  )
  return copyloop.log.find(isIts) as LogLine
}

const connected = async (port: number): Promise<{ socket: Socket; client: string }> => {
  const socket = open(`127.0.0.1:${port}`)
  await within('the connect', new Promise((resolve) => socket.once('connect', resolve)))
  return { socket, client: `127.0.0.1:${socket.localPort}` }
}

/** All text up to the end. */
const textOf = async (socket: Socket): Promise<string> => {
  let text = ''
  for await (const piece of socket) text += piece
  return text
}

describe.each(ENGINES)('engine $name', ({ name }) => {
  describe.skipIf(!hasHaproxy)(`HAProxy${hasHaproxy ? '' : ' (skipped: it is not installed)'}`, () => {
    test.each([
      ['send-proxy', 'v1', { proxyProtocol: 'v1' }],
      ['send-proxy-v2', 'v2', { proxyProtocol: 'v2' }],
      ['send-proxy', 'any', { proxyProtocol: 'v1' }],
      ['send-proxy-v2-ssl-cn', 'v2', { proxyProtocol: 'v2' }],
      ['send-proxy-v2 proxy-v2-options crc32c,unique-id', 'any', { proxyProtocol: 'v2', proxyUniqueId: 'haproxy-1' }],
    ])('that has %s names the client to %s', async (option, acceptProxyProtocol, said) => {
      const copyloop = await run({ ...config(await echoServer(), { acceptProxyProtocol }, {}), engine: name })
      const port = await freePort()
      const sections = `
frontend front
  bind 127.0.0.1:${port}
  unique-id-format haproxy-1
  default_backend back
backend back
  server copyloop ${copyloop.address('web')} ${option}
`
      await startHaproxy(sections, port)
      const { socket, client } = await connected(port)
      await echo(socket, 'hello')
      socket.end()
      expect(await lineOf(copyloop, client)).toMatchObject({ ...said, outcome: 'completed', bytesToUpstream: 5 })
    })

    test('whose checks send LOCAL is served as itself', async () => {
      const listener = { acceptProxyProtocol: 'v2' }
      const copyloop = await run({ ...config(await echoServer(), listener, {}), engine: name })
      const port = await freePort()
      const sections = `
listen front
  bind 127.0.0.1:${port}
  option tcp-check
  tcp-check connect send-proxy
  tcp-check send hello
  tcp-check expect string hello
  server copyloop ${copyloop.address('web')} send-proxy-v2 check inter 100ms
`
      await startHaproxy(sections, port)
      // One that took longer than its interval was given up before it sent anything.
      const isCheck = (line: LogLine): boolean =>
        line.msg === 'connection' && line.proxyProtocol === 'v2' && line.bytesToUpstream === 5
      await until('a check', () => copyloop.log.some(isCheck))
      const line = copyloop.log.find(isCheck)
      expect(line).toMatchObject({ client: expect.stringMatching(/^127\.0\.0\.1:/) })
      expect(line).not.toHaveProperty('peer')
    })

    test.each(['v1', 'v2'])('answers checks that begin with %s', async (sendProxyProtocol) => {
      const port = await freePort()
      const sections = `
listen front
  bind 127.0.0.1:${port} accept-proxy
  server echo ${await echoServer()}
`
      await startHaproxy(sections, port)
      const health = { interval: '100ms', timeout: '1s', rise: 2, fall: 1, send: 'PING', expect: 'PING' }
      const copyloop = await run({
        ...config(`127.0.0.1:${port}`, {}, { sendProxyProtocol, health }),
        engine: name,
      })
      await copyloop.untilStats('it is up', ({ upstreams }) => JSON.stringify(upstreams).includes('"state":"up"'))
    })

    test.each(['v1', 'v2'])('accepts the client that %s names', async (sendProxyProtocol) => {
      const port = await freePort()
      const sections = `
frontend front
  bind 127.0.0.1:${port} accept-proxy
  log-format "seen src=%ci:%cp dst=%[dst]:%[dst_port] id=%[fc_pp_unique_id]"
  default_backend back
backend back
  server echo ${await echoServer()}
`
      const haproxy = await startHaproxy(sections, port)
      const server = `127.0.0.1:${port}`
      const copyloop = await run({ ...config(server, {}, { sendProxyProtocol }), engine: name })
      const { socket, client } = await connected(portOf(copyloop.address('web')))
      await echo(socket, 'hello')
      socket.end()
      const { connectionId } = await lineOf(copyloop, client)
      const id = sendProxyProtocol === 'v2' ? connectionId : '-'
      const seen = `seen src=${client} dst=${copyloop.address('web')} id=${id}`
      await until(
        () => `${seen} in ${haproxy.output()}`,
        () => haproxy.output().includes(seen),
      )
    })
  })

  describe.skipIf(!hasNginx)(`nginx${hasNginx ? '' : ' (skipped: it is not installed)'}`, () => {
    test('names the client', async () => {
      const copyloop = await run({ ...config(await echoServer(), { acceptProxyProtocol: 'v1' }, {}), engine: name })
      const port = await freePort()
      await startNginx(
        `server { listen 127.0.0.1:${port}; proxy_pass ${copyloop.address('web')}; proxy_protocol on; }`,
        port,
      )
      const { socket, client } = await connected(port)
      await echo(socket, 'hello')
      socket.end()
      expect(await lineOf(copyloop, client)).toMatchObject({ proxyProtocol: 'v1', bytesToUpstream: 5 })
    })

    test.each(['v1', 'v2'])('accepts the client that %s names', async (sendProxyProtocol) => {
      const port = await freePort()
      const said =
        '$proxy_protocol_addr:$proxy_protocol_port to $proxy_protocol_server_addr:$proxy_protocol_server_port'
      await startNginx(`server { listen 127.0.0.1:${port} proxy_protocol; return "${said}"; }`, port)
      const server = `127.0.0.1:${port}`
      const copyloop = await run({ ...config(server, {}, { sendProxyProtocol }), engine: name })
      const { socket, client } = await connected(portOf(copyloop.address('web')))
      expect(await within('the answer', textOf(socket))).toBe(`${client} to ${copyloop.address('web')}`)
    })
  })
})
