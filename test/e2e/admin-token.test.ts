import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { ask, closeRaw, command, rawly } from './support/admin.ts'
import { closeAll, echoServer } from './support/echo.ts'
import { Copyloop, endAll, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

afterEach(async () => {
  closeRaw()
  await endAll()
  await closeAll()
})

const TOKEN = 'c0rrect-horse-battery-staple'
const WRONG = 'wr0ng-horse-battery-staple'
const right = { authorization: `Bearer ${TOKEN}` }

const tokenFile = (text = `${TOKEN}\n`, mode = 0o600): string => {
  const path = join(newDirectory(), 'token')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

/** A copyloop whose admin can be reached by others, with all of its log. */
const runForOthers = (more: object = {}) =>
  run({
    ...relayTo('127.0.0.1:1'),
    admin: { listen: '0.0.0.0:0', tokenFile: tokenFile() },
    log: { level: 'trace' },
    ...more,
  })

const setLevel = (copyloop: Copyloop, headers: Record<string, string>) =>
  ask(copyloop, '/log/level', headers, 'PUT', '{"level":"trace"}')

describe('an admin that others can reach', () => {
  test('answers whoever has the token; others get probes and the page that asks for it', async () => {
    const copyloop = await runForOthers()
    for (const headers of [right, { ...right, host: 'admin.example.test' }]) {
      expect((await ask(copyloop, '/stats', headers)).status).toBe(200)
      expect((await setLevel(copyloop, headers)).status).toBe(200)
    }
    for (const headers of [{}, { authorization: `Bearer ${WRONG}` }, { authorization: `Basic ${TOKEN}` }]) {
      const asked = ['/stats', '/metrics', '/connections', '/events'].map((path) => ask(copyloop, path, headers))
      for (const answer of [...(await Promise.all(asked)), await setLevel(copyloop, headers)]) {
        expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer'])
        expect(JSON.parse(answer.body)).toEqual({ error: expect.stringMatching(/token/i) })
      }
      for (const path of ['/healthz', '/readyz', '/', '/assets/uplot/uPlot.min.css']) {
        expect((await ask(copyloop, path, { ...headers, host: '10.0.0.1' })).status).toBe(200)
      }
    }
    expect((await setLevel(copyloop, { ...right, origin: 'https://example.test' })).status).toBe(403)
  })

  test('lets no way of writing a path get round the token', async () => {
    const copyloop = await runForOthers()
    const targets = [
      '/assets/../stats',
      '/assets/%2e%2e/stats',
      '/assets/..%2fstats',
      '/assets/..\\stats',
      '/assets/../../../../etc/passwd',
      '//stats',
      '/healthz/../stats',
      '/healthz?/../stats',
      '/healthz#/../stats',
      'http://localhost/stats',
      'http://localhost/healthz/../stats',
      '*',
      'stats',
      '',
    ]
    for (const target of targets) {
      for (const method of ['GET', 'PUT', 'OPTIONS', 'CONNECT']) {
        const answer = await rawly(
          copyloop,
          `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
        )
        expect(answer, `${method} ${target}`).not.toContain('stateVersion')
        const isProbe = method === 'GET' && target.startsWith('/healthz') && !target.startsWith('/healthz/')
        expect(answer, `${method} ${target}`).toMatch(
          isProbe ? /^HTTP\/1\.1 (200|400) / : /^(HTTP\/1\.1 (400|401|404) |$)/,
        )
      }
    }
    expect(copyloop.stderr).toBe('')
  })

  test('writes neither its token nor a wrong one anywhere', async () => {
    const copyloop = await runForOthers()
    const tokens = [TOKEN, WRONG, `${TOKEN}\u00e9`]
    for (const token of tokens) {
      const authorization = Buffer.from(`Bearer ${token}`).toString('latin1')
      await ask(copyloop, '/stats', { authorization })
      await ask(copyloop, `/nothing-here?token=${token.slice(0, TOKEN.length)}`, { authorization })
      await setLevel(copyloop, { authorization })
    }
    await rawly(copyloop, `GET /stats HTTP/1.1\r\nAuthorization: Bearer ${TOKEN}\r\nX: \0\r\n\r\n`)
    const { body } = await ask(copyloop, '/stats', right)
    copyloop.signal('SIGTERM')
    expect(await copyloop.exited).toBe(0)
    for (const text of [copyloop.stdout, copyloop.stderr, body]) {
      expect(text).not.toContain('horse-battery')
    }
  })

  test('warns if others than its owner may read the token', async () => {
    const doubts = async (mode: number) => {
      const admin = { listen: '127.0.0.1:0', tokenFile: tokenFile(TOKEN, mode) }
      const config = { ...relayTo('127.0.0.1:1'), admin }
      const { log } = await run(config)
      const inLog = log.filter(({ level, msg }) => level === 40 && msg.startsWith('admin')).map(({ msg }) => msg)
      const { stderr } = await command(['check', '-c', writeConfig(config)])
      return [inLog, stderr].flat().map((text) => text.replace(admin.tokenFile, 'FILE'))
    }
    const doubt = (mode: string) =>
      `admin.tokenFile: others than its owner may read FILE, which has mode ${mode}; give it mode 0600`
    expect(await doubts(0o644)).toEqual([doubt('0644'), `warning: ${doubt('0644')}\n`])
    expect(await doubts(0o640)).toEqual([doubt('0640'), `warning: ${doubt('0640')}\n`])
    expect(await doubts(0o600)).toEqual([''])
  })
})

test.each([
  { admin: { listen: '0.0.0.0:0' }, says: 'admin.listen: "0.0.0.0:0" can be reached by others' },
  { admin: '[::]:0', says: 'admin: "[::]:0" can be reached by others' },
  { admin: { listen: '0.0.0.0:0', tokenFile: '/nowhere/token' }, says: 'admin.tokenFile: there is no such file' },
  { admin: { listen: '127.0.0.1:0', tokenFile: '/dev/null' }, says: 'admin.tokenFile: this file is empty' },
])('$admin is a wrong config: nothing is started', async ({ admin, says }) => {
  const file = writeConfig({ ...relayTo('127.0.0.1:1'), admin })
  for (const args of [
    ['run', '-c', file],
    ['check', '-c', file],
  ]) {
    const copyloop = new Copyloop(args)
    expect(await copyloop.exited).toBe(78)
    expect(copyloop.stdout + copyloop.stderr).toContain(`${file}:1:`)
    expect(copyloop.stdout + copyloop.stderr).toContain(says)
  }
})

test('commands send the token of the environment, and say what is wrong with it', async () => {
  const server = await echoServer()
  const copyloop = await run({ ...relayTo(server), admin: { listen: '127.0.0.1:0', tokenFile: tokenFile() } })
  const here = ['--admin', copyloop.adminAddress]
  const status = await command(['status', ...here], { COPYLOOP_ADMIN_TOKEN: TOKEN })
  expect(status).toEqual({ code: 0, stdout: expect.stringContaining(server), stderr: '' })
  expect(await command(['server', 'app', server, 'drain', ...here], { COPYLOOP_ADMIN_TOKEN: TOKEN })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('is draining'),
  })
  await until('it is logged', () => copyloop.logged('draining'))

  for (const args of [
    ['status', '--json'],
    ['server', 'app', server, 'ready'],
  ]) {
    expect(await command([...args, ...here])).toEqual({
      code: 1,
      stdout: '',
      stderr: `copyloop: ${copyloop.adminAddress} needs a token; set COPYLOOP_ADMIN_TOKEN to what is in its tokenFile\n`,
    })
    expect(await command([...args, ...here], { COPYLOOP_ADMIN_TOKEN: WRONG })).toEqual({
      code: 1,
      stdout: '',
      stderr: `copyloop: ${copyloop.adminAddress} refuses the token of COPYLOOP_ADMIN_TOKEN; set it to what is in its tokenFile\n`,
    })
  }
  const { code, stdout, stderr } = await command(['status', ...here], { COPYLOOP_ADMIN_TOKEN: `${TOKEN}\n` })
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain('error: COPYLOOP_ADMIN_TOKEN: this is not one word of ASCII characters, as a token is')
  expect(stderr).not.toContain(TOKEN)
}, 60_000)
