/** Answers of an admin in which every string that somebody else may have written is markup, and turns text around. */
import type { Page } from 'playwright-core'
import type { Stats } from '../../../src/primary/admin/stats-answer.ts'

const HARMLESS = `<img src=x onerror="hacked=1"><script>hacked=1</script><svg onload=hacked=1>`
/** With RIGHT-TO-LEFT OVERRIDE (Unicode 15, UAX #9) at its end. */
const MARKUP = `${HARMLESS}\u202e`

/** How a page shows it. */
export const SHOWN_MARKUP = `${HARMLESS}?`

const hostile = <Value>(value: Value): Value => {
  if (typeof value === 'string') return MARKUP as Value
  if (Array.isArray(value)) return value.map(hostile) as Value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hostile(inner)])) as Value
}

/** The keys of records are names that others have given. */
const renamed = (record: object): object => ({ [MARKUP]: Object.values(hostile(record))[0] })

const hostileStats = (stats: Stats): object => {
  const servers = renamed(stats.upstreams.app?.servers ?? {})
  return {
    ...hostile(stats),
    listeners: renamed(stats.listeners),
    upstreams: renamed({ app: { queued: 2, discovery: { state: 'failing', lastError: '' }, servers } }),
    totals: { ...stats.totals, outcomes: { [MARKUP]: 3 } },
  }
}

const CONNECTION = hostile({
  connectionId: '',
  client: '',
  peer: '',
  server: '',
  serverName: '',
  listener: '',
  upstream: '',
  phase: '',
  engine: '',
  worker: 1,
  ageMs: 1,
  idleMs: 1,
  heldMs: 1,
  bytesToUpstream: 1,
  bytesToClient: 1,
  bytesPerSecondToUpstream: 1,
  bytesPerSecondToClient: 1,
  nextClock: { clock: '', inMs: 1 },
})

const STORY = {
  ...CONNECTION,
  ...hostile({ outcome: '', endedBy: '', error: '', decidedBy: '', advice: '' }),
  ...hostile({ story: [{ atMs: 1, what: '', text: '' }] }),
  living: false,
  durationMs: 1,
  pendingToUpstream: 1,
  pendingToClient: 1,
  tcp: {},
}

const event = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

/** The page asks this admin from now on, and only its files come from the other one. */
export const answerHostile = async (page: Page, stats: Stats): Promise<void> => {
  const line = { level: 50, time: MARKUP, msg: MARKUP, error: `${MARKUP}!` }
  await page.route('**/events', (route) =>
    route.fulfill({
      contentType: 'text/event-stream',
      body: event('stats', hostileStats(stats)) + event('log', [line]),
    }),
  )
  await page.route('**/connections?*', (route) =>
    route.fulfill({ json: { total: 1, returned: 1, partial: true, connections: [CONNECTION] } }),
  )
  await page.route(
    ({ pathname }) => pathname.startsWith('/connections/'),
    (route) => route.fulfill({ json: STORY }),
  )
}
