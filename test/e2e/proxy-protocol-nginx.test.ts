/** What docs/proxy-protocol.md says of nginx as the server: which headers the one that Debian 12 has cannot read. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/measure/ports.ts'
import { ENGINES } from '../support/engines.ts'
import { binaryHeader, IPV4_ENDS, IPV6_ENDS, sslTlv, tlv } from '../support/proxy-header.ts'
import { until, within } from '../support/until.ts'
import { closeAll, open } from './support/echo.ts'
import { hasNginx, startNginx } from './support/other-proxies.ts'
import { endPrograms } from './support/programs.ts'
import { endAll, newDirectory, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await endPrograms()
  await closeAll()
})

const version = hasNginx ? (/nginx\/(\S+)/.exec(spawnSync('nginx', ['-v']).stderr.toString())?.[1] ?? '') : ''
const isOld = /^1\.(?:1\d|2[0-2])\./.test(version)
const title = isOld ? '' : ' (skipped: it is for nginx up to 1.22)'

const [TCP, UNIX] = ['127.0.0.1:0', 'unix']
const NONE = Buffer.alloc(0)
const SSL = sslTlv(tlv(0x21, 'TLSv1.3'), tlv(0x23, 'TLS_AES_256_GCM_SHA384'), tlv(0x22, 'client.example'))

describe.skipIf(!isOld).each(ENGINES)(`engine $name${title}`, ({ name: engine }) => {
  test.each([
    ['v2', 'a client over TCP', TCP, NONE, true],
    ['v2', 'a client over IPv6 with a short TLV', TCP, binaryHeader(0x21, 0x21, IPV6_ENDS, tlv(1, 'h2')), true],
    ['v2', 'an SSL TLV that is passed on', TCP, binaryHeader(0x21, 0x11, IPV4_ENDS, SSL), false],
    ['v2', 'a client over a unix socket', UNIX, NONE, false],
    ['v1', 'an SSL TLV, which it leaves out,', TCP, binaryHeader(0x21, 0x11, IPV4_ENDS, SSL), true],
    ['v1', 'a client over a unix socket', UNIX, NONE, true],
  ])('%s with %s is read by nginx 1.22 if it has at most 107 bytes', async (sent, _, where, header, isRead) => {
    const port = await freePort()
    const nginx = await startNginx(`server { listen 127.0.0.1:${port} proxy_protocol; return "served"; }`, port)
    const listen = where === UNIX ? `unix:${join(newDirectory(), 'web.sock')}` : where
    const acceptProxyProtocol = header === NONE ? 'off' : 'v2'
    const copyloop = await run({
      engine,
      listeners: [{ name: 'web', listen, upstream: 'app', acceptProxyProtocol }],
      upstreams: [{ name: 'app', servers: [`127.0.0.1:${port}`], sendProxyProtocol: sent }],
    })
    const socket = open(copyloop.address('web'))
    let got = ''
    socket.on('data', (piece) => {
      got += piece
    })
    socket.write(header)
    await within('its end', new Promise((resolve) => socket.once('close', resolve)))
    expect(got).toBe(isRead ? 'served' : '')
    if (!isRead)
      await until('nginx says why', () => nginx.output().includes('header is too large while reading PROXY protocol'))
  })
})
