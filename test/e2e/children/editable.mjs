/** Runs copyloop as a library, and edits what it serves as its parent says: one message an edit, and one back when it is done. */
import process from 'node:process'
import { loadConfig } from '../../../dist/config/load.js'
import { accessTable } from '../../../dist/config/networks/access-table.js'
import { parseNetwork } from '../../../dist/config/networks/network.js'
import { runPrimary } from '../../../dist/primary/primary.js'
import { withListener, withServer, withUpstream } from '../../../dist/serving/edits.js'

/** Numbers that JSON has no word for are left out by the parent. */
const complete = (server) => ({ tier: 0, maxConnections: Infinity, ...server })

const edits = ({ owner, sockets, supervisor }) => ({
  async addListener({ name, like, listen }) {
    const numbers = await sockets.open({ name, listen: [listen], unix: { mode: 0o660 } })
    owner.edit((state) => withListener(state, name, { ...state.listeners.get(like), sockets: numbers }))
    return sockets.get(numbers[0]).address.port
  },
  removeListener({ name }) {
    owner.edit((state) => withListener(state, name, undefined))
  },
  changeListener({ name, changes }) {
    owner.edit((state) => withListener(state, name, { ...state.listeners.get(name), ...changes }))
  },
  changeUpstream({ name, changes }) {
    owner.edit((state) => withUpstream(state, name, { ...state.upstreams.get(name), ...changes }))
  },
  setAccess({ name, allow, deny }) {
    const access = accessTable({ allow: allow?.map(parseNetwork), deny: deny?.map(parseNetwork) })
    owner.edit((state) => withListener(state, name, { ...state.listeners.get(name), access }))
  },
  setArrivals({ name, arrivals }) {
    owner.edit((state) => {
      const { arrivals: _, ...listener } = state.listeners.get(name)
      return withListener(state, name, { ...listener, ...(arrivals && { arrivals }) })
    })
  },
  setServer({ upstream, name, server }) {
    owner.edit((state) => withServer(state, upstream, name, server && complete(server)))
  },
  setUpstream({ name, servers }) {
    const all = servers && new Map(servers.map(([at, server]) => [at, complete(server)]))
    owner.edit((state) => {
      const [like] = state.upstreams.values()
      return withUpstream(state, name, all && { ...like, servers: all })
    })
  },
  /** So many edits, spread over the time given; with `idly` none of them changes anything. */
  async storm({ upstream, name, count, withinMs, idly }) {
    const began = performance.now()
    for (let edit = 0; edit < count; edit++) {
      owner.edit((state) => {
        const server = state.upstreams.get(upstream).servers.get(name)
        return idly ? state : withServer(state, upstream, name, { ...server, weight: 1 + (edit % 200) })
      })
      const aheadMs = (edit * withinMs) / count - (performance.now() - began)
      // In fives: 1,000 timers a second would cost more than the edits.
      if (aheadMs > 5) await new Promise((resolve) => setTimeout(resolve, aheadMs))
    }
  },
  setLog({ log }) {
    owner.edit((state) => ({ ...state, log: { level: 'info', access: { sample: 1 }, ...log } }))
  },
  version: () => owner.state.version,
  /** How many connections came from how many workers, who is missing, and how long it took. */
  async ask({ name, withinMs }) {
    const began = performance.now()
    const { parts: all, missing } = await supervisor.ask(name, withinMs, { sort: 'age', limit: 100_000 })
    const tookMs = performance.now() - began
    const parts = all.filter(({ part }) => !('matching' in part))
    return {
      parts: parts.length,
      workers: new Set(parts.map(({ worker }) => worker)).size,
      missing,
      tookMs,
      first: parts[0]?.part,
    }
  },
})

const onServing = (serving) => {
  const all = edits(serving)
  process.on('message', async ({ id, edit, ...details }) => {
    const result = await all[edit](details)
    process.send({ id, result })
  })
}

process.exitCode = await runPrimary(loadConfig(process.argv[2]), { onServing })
process.disconnect()
