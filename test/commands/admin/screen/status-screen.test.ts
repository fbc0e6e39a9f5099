import { expect, test } from 'vitest'
import { statusScreen } from '../../../../src/commands/admin/screen/status-screen.ts'
import type { Stats } from '../../../../src/primary/admin/stats-answer.ts'

type UpstreamStats = Stats['upstreams'][string]
type ServerStats = UpstreamStats['servers'][string]

const bytes = { bytesToUpstream: 1_234_000_000, bytesToClient: 99_000_000_000 }

const server = (changes: Partial<ServerStats> = {}): ServerStats => ({
  state: 'up',
  stateReason: 'its check passes',
  lastCheckMs: 2,
  ejectedForMs: null,
  weight: 1,
  backup: false,
  maxConnections: null,
  queued: 0,
  connectionsActive: 0,
  connectionsTotal: 0,
  dialFailures: 0,
  ...bytes,
  checks: { passed: 0, failed: 0 },
  stateChanges: {},
  ...changes,
})

const screenOf = (
  upstream: Partial<UpstreamStats>,
  outcomes: Stats['totals']['outcomes'] = {},
  width = 80,
): readonly string[] => {
  const counts = { connectionsAccepted: 1_000_000, connectionsActive: 10_000, ...bytes, outcomes }
  const worker = {
    state: 'serving',
    engine: 'kernel',
    reloads: { applied: 0, refused: 0 },
    stateVersion: 1_234,
    connectionsActive: 5_000,
  } as const
  const stats: Stats = {
    version: '0.1.0',
    uptimeSeconds: 1_000_000,
    draining: false,
    engine: 'kernel',
    reloads: { applied: 0, refused: 0 },
    stateVersion: 1_234,
    logLinesLost: 0,
    totals: counts,
    listeners: { web: counts },
    upstreams: { app: { queued: 0, servers: {}, ...upstream } },
    workers: [1, 2].map((id) => ({ id, pid: 4_000_000 + id, rssBytes: 123e6, eventLoopDelayP99Ms: 1.6, ...worker })),
  }
  return statusScreen(stats, { colours: false, width }).split('\n')
}

test('a screen of 80 columns shows what each server may have and has, who waits, and where addresses come from', () => {
  const lines = screenOf({
    queued: 1_200,
    discovery: { source: 'srv', state: 'failing', ageMs: 300_000, lastError: 'timeout', servers: 3, revision: 7 },
    servers: {
      '192.168.100.101:65535': server({ connectionsActive: 90, connectionsTotal: 1_234_567, maxConnections: 100 }),
      '10.0.0.2:9000': server({ state: 'maintenance', stateReason: 'set to down by hand', weight: 0 }),
      '10.0.0.3:9000': server({ backup: true, weight: 5, lastCheckMs: null }),
    },
  })
  const from = lines.findIndex((line) => line.startsWith('UPSTREAM'))
  expect(lines.slice(from, from + 7)).toEqual([
    'UPSTREAM app           STATE          WEIGHT  ACTIVE      TOTAL  FAILED  CHECK',
    '192.168.100.101:65535  up                  1  90/100  1,234,567       0   2 ms',
    '10.0.0.2:9000          maintenance         0       0          0       0   2 ms',
    '  set to down by hand',
    '10.0.0.3:9000          up           backup 5       0          0       0      -',
    '  1,200 waiting in the queue',
    '  srv failing: 3 servers, the oldest answer is 5m 0s old; timeout',
  ])
  expect(lines.filter(({ length }) => length > 80)).toEqual([])
  expect(lines.length).toBeLessThanOrEqual(24)
})

test('it says how clients ended that were not served, by listener', () => {
  const outcomes = { completed: 5, denied: 1_200, overLimit: 3, badProxyHeader: 1, noServer: 2, clientReset: 9 }
  expect(screenOf({}, outcomes)).toContain('  not served: 1,200 denied, 3 overLimit, 1 badProxyHeader, 2 noServer')
  expect(screenOf({}, { completed: 5 }).join('\n')).not.toContain('not served')
})

test.each<[why: string, servers: readonly Partial<ServerStats>[], note: string | undefined]>([
  ['there are none', [], 'no servers: clients end as noServer'],
  [
    'all have weight 0',
    [{ weight: 0 }, { weight: 0, state: 'down' }],
    'every server in rotation has weight 0: clients end as noServer',
  ],
  ['all are down', [{ state: 'down' }], 'no server is in rotation: clients end as noServer'],
  [
    'some are ejected',
    [{ state: 'down' }, { state: 'ejected' }],
    'no server is in rotation: those that are ejected are tried',
  ],
  ['a backup is left', [{ state: 'down' }, { backup: true }], undefined],
])('if no client gets a server it says why: %s', (_, servers, note) => {
  const entries = servers.map((changes, at) => [`10.0.0.${at}:80`, server(changes)])
  const lines = screenOf({ servers: Object.fromEntries(entries) })
  const said = lines.filter((line) => /noServer|ejected are tried/.test(line))
  expect(said).toEqual(note === undefined ? [] : [`  ${note}`])
})

test('of many servers in rotation it shows some, and all that are not', () => {
  const up = Array.from({ length: 500 }, (_, at) => [`10.0.0.1:${at}`, server()])
  const servers = Object.fromEntries([...up, ['10.0.0.2:80', server({ state: 'down', stateReason: 'refused' })]])
  const lines = screenOf({ servers })
  expect(lines).toContain('  and 480 more in rotation; --json has all')
  expect(lines.some((line) => line.startsWith('10.0.0.2:80'))).toBe(true)
})
