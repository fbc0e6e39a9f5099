/** The dashboard: the admin sends the state once a second, and each part of the page shows what it is about. */
import { Admin } from './admin/admin.ts'
import { Feed } from './admin/feed.ts'
import { Charts } from './charts/charts.ts'
import { Connections } from './connections/connections.ts'
import { setServer } from './dialogs/set-server.ts'
import { askForToken } from './dialogs/token-dialog.ts'
import { Recent } from './model/recent.ts'
import type { Stats } from './model/stats.ts'
import { Listeners } from './parts/listeners.ts'
import { LogLines } from './parts/log.ts'
import { Outcomes } from './parts/outcomes.ts'
import { Servers } from './parts/servers.ts'
import { Workers } from './parts/workers.ts'
import { byId } from './view/element.ts'
import { Status } from './view/status.ts'

/** Rates are of so long: a number must not jump so fast that nobody can read it. */
const RATE_SECONDS = 5
const LATELY_SECONDS = 60

const admin = new Admin()
const status = new Status()
const charts = new Charts(byId('charts'), RATE_SECONDS)
const connections = new Connections(byId('connections'), admin)
const servers = new Servers(byId('servers'), {
  onSet: (server) => setServer(admin, server),
  onConnections: ({ server }) => connections.showServer(server),
})
const outcomes = new Outcomes(byId('outcomes'))
const listeners = new Listeners(byId('listeners'))
const workers = new Workers(byId('workers'))
const log = new LogLines(byId('warnings'))

const rates = new Recent<Stats>(RATE_SECONDS)
const lately = new Recent<Stats>(LATELY_SECONDS)

const show = (stats: Stats): void => {
  rates.add(stats.uptimeSeconds, stats)
  lately.add(stats.uptimeSeconds, stats)
  const [before, earlier] = [rates.oldest, lately.oldest]
  status.show(stats, stats.logLinesLost - (earlier?.logLinesLost ?? stats.logLinesLost))
  charts.show(stats)
  servers.show(stats, { before, earlier })
  outcomes.show(stats, { earlier, seconds: Math.min(LATELY_SECONDS, lately.spanSeconds) })
  listeners.show(stats, before)
  workers.show(stats)
  connections.offer(stats)
}

void new Feed(admin, {
  onBegin: () => log.clear(),
  onStats: show,
  onLog: (lines) => log.add(lines),
  onLost: (reason) => status.showLost(reason),
  onTokenNeeded: async (wrong) => {
    admin.token = await askForToken(wrong)
  },
}).run()
