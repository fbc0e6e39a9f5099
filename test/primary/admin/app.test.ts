import { beforeEach, expect, test } from 'vitest'
import { adminApp } from '../../../src/primary/admin/app.ts'
import { ROUTES } from '../../../src/primary/admin/routes.ts'
import { idleApi, silent } from '../../support/admin-api.ts'

const state = {
  reason: undefined as string | undefined,
  level: '',
  set: [] as string[],
  killed: [] as string[],
  reopens: 0,
  canReopen: true,
}

beforeEach(() => {
  state.reason = undefined
  state.level = ''
  state.set = []
  state.killed = []
  state.reopens = 0
  state.canReopen = true
})

const app = adminApp(
  idleApi({
    unreadiness: () => state.reason,
    connections: {
      ...idleApi({}).connections,
      kill: async (id) => {
        state.killed.push(id)
        return false
      },
    },
    setLogLevel: (level) => {
      state.level = level
    },
    reopenLogs: async () => {
      state.reopens += 1
      return state.canReopen
    },
    servers: {
      upstreams: () => ['app'],
      serversOf: () => ['127.0.0.1:9000', '[::1]:9000', 'unix:/run/app.sock'],
      set: async (upstream, server, byHand) => {
        state.set.push(`${server} ${byHand}`)
        return { upstream, server, state: 'draining', stateReason: 'set to drain by hand' }
      },
    },
  }),
  silent,
)

const ask = (path: string, method = 'GET', headers: Record<string, string> = {}, body?: string) =>
  app.request(path, {
    method,
    headers: { host: 'localhost:9901', ...headers },
    ...(body === undefined ? {} : { body }),
  })

test('healthz, readyz and stats answer JSON', async () => {
  expect(await (await ask('/healthz')).json()).toEqual({ healthy: true })
  expect(await (await ask('/readyz')).json()).toEqual({ ready: true })
  expect(await (await ask('/stats')).json()).toEqual({ version: '1' })
})

test('readyz says why not', async () => {
  state.reason = 'draining'
  const answer = await ask('/readyz')
  expect([answer.status, await answer.json()]).toEqual([503, { ready: false, reason: 'draining' }])
})

test('the log level can be set', async () => {
  const answer = await ask('/log/level', 'PUT', {}, '{"level":"debug"}')
  expect([answer.status, await answer.json(), state.level]).toEqual([200, { level: 'debug' }, 'debug'])
})

test.each(['', '{', '{"level":"loud"}', '{"level":"debug","more":1}', '"debug"', '{"__proto__":{"level":"debug"}}'])(
  'the level is not set by %j',
  async (body) => {
    const answer = await ask('/log/level', 'PUT', {}, body)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ error: expect.stringContaining('trace, debug, info') })
    expect(state.level).toBe('')
  },
)

test('logs are reopened, and a log that could not be is no success', async () => {
  const reopen = async () => {
    const answer = await ask('/log/reopen', 'POST')
    return [answer.status, await answer.json()]
  }
  expect(await reopen()).toEqual([200, { reopened: true }])
  state.canReopen = false
  expect(await reopen()).toEqual([503, { reopened: false, error: expect.stringContaining('its log says why') }])
})

test('an unknown path is answered with those that exist', async () => {
  const answer = await ask('/nothing-here')
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({
    error: 'no such path',
    paths: [
      { path: '/' },
      { path: '/assets/FILE' },
      { path: '/events' },
      { path: '/healthz' },
      { path: '/readyz' },
      { path: '/stats' },
      { path: '/metrics' },
      { path: '/connections' },
      { path: '/connections/ID' },
      { path: '/connections/ID' },
      { path: '/config' },
      { path: '/reload' },
      { path: '/drain' },
      { path: '/log/level' },
      { path: '/log/reopen' },
      { path: '/upstreams/NAME/servers/ADDRESS' },
    ],
  })
  for (const path of ['/../../etc/passwd', '/stats/', '/__proto__', '/%00']) expect((await ask(path)).status).toBe(404)
})

test('GET and HEAD change nothing, whatever they send and whatever the path', async () => {
  const paths = ROUTES.map(({ path }) =>
    path.replace(':upstream', 'app').replace(':server{.+}', '127.0.0.1:9000').replace(':id', '1-1'),
  )
  for (const path of paths) {
    for (const query of ['', '?state=drain&level=debug&how=rst', '?_method=DELETE']) {
      for (const method of ['GET', 'HEAD']) await ask(path + query, method, { 'x-http-method-override': 'DELETE' })
    }
  }
  expect(state).toEqual({ reason: undefined, level: '', set: [], killed: [], reopens: 0, canReopen: true })
})

test('a wrong method is answered with the right one', async () => {
  const answer = await ask('/stats', 'DELETE')
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET'])
  expect((await ask('/log/level')).headers.get('allow')).toBe('PUT')
  expect((await ask('/stats', 'HEAD')).status).toBe(200)
})

test('a body over 64 KiB is refused, announced or not', async () => {
  const large = JSON.stringify({ level: 'debug', more: 'x'.repeat(64 * 1024) })
  expect((await ask('/log/level', 'PUT', {}, large)).status).toBe(413)
  expect((await ask('/log/level', 'PUT', { 'content-length': String(large.length) }, large)).status).toBe(413)
  expect(state.level).toBe('')
})

test.each([
  ['127.0.0.1:9000', '127.0.0.1:9000'],
  ['127.0.0.1%3A9000', '127.0.0.1:9000'],
  ['[::1]:9000', '[::1]:9000'],
  ['%5B%3A%3A1%5D:9000', '[::1]:9000'],
  ['unix%3A%2Frun%2Fapp.sock', 'unix:/run/app.sock'],
  ['unix:/run/app.sock', 'unix:/run/app.sock'],
])('the path %s names the server %s', async (path, server) => {
  const answer = await ask(`/upstreams/app/servers/${path}`, 'PUT', {}, '{"state":"drain"}')
  expect(state.set).toEqual([`${server} drain`])
  expect([answer.status, await answer.json()]).toEqual([
    200,
    { upstream: 'app', server, state: 'draining', stateReason: 'set to drain by hand' },
  ])
})

test('a server that does not exist is answered with those that do', async () => {
  const upstream = await ask('/upstreams/apq/servers/127.0.0.1:9000', 'PUT', {}, '{"state":"drain"}')
  expect([upstream.status, await upstream.json()]).toEqual([
    404,
    { error: 'no upstream is named "apq"', upstreams: ['app'] },
  ])
  for (const path of ['127.0.0.1:9001', '__proto__', '%00', '%zz', 'unix:/run/app.sock/']) {
    const server = await ask(`/upstreams/app/servers/${path}`, 'PUT', {}, '{"state":"drain"}')
    expect(server.status).toBe(404)
    expect(await server.json()).toMatchObject({ servers: ['127.0.0.1:9000', '[::1]:9000', 'unix:/run/app.sock'] })
  }
  expect(state.set).toEqual([])
})

test.each(['', '{', '{"state":"up"}', '{"state":"drain","more":1}', '"drain"'])(
  'no server is set by %j',
  async (body) => {
    const answer = await ask('/upstreams/app/servers/127.0.0.1:9000', 'PUT', {}, body)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ error: expect.stringContaining('ready, drain or down') })
    expect(state.set).toEqual([])
  },
)
