import { writtenKey } from '../../config/compare/as-written.ts'
import type { ConfigChange } from '../../config/compare/changes.ts'
import type { Path } from '../../config/problems/problem.ts'
import type { Config } from '../../config/schema.ts'

/** What only a restart changes: the workers, and what they are given when they start; and who may ask the admin. */
const NEEDS_RESTART = ['workers', 'engine', 'scheduling', 'admin', 'control', 'inspection', 'workerTimeoutMs'] as const

export const needsRestart = ({ path }: ConfigChange): boolean =>
  NEEDS_RESTART.some((key) => writtenKey(key) === path[0])

/** The config that is in effect after a reload: what needs a restart stays. */
export const inEffect = (before: Config, after: Config): Config => ({
  ...after,
  ...Object.fromEntries(NEEDS_RESTART.map((key) => [key, before[key]])),
})

const NEW_CLIENTS = 'new clients only; living connections go on as they began'
const NEW_CONNECTIONS = 'new connections are shared out anew; living ones stay where they are'
const AT_ONCE = 'at once, for living connections too'

/** What comes of a change, by the keys of its path. The first that fits counts. */
const EFFECTS: readonly (readonly [
  key: string,
  effect: string | { readonly [Change in ConfigChange['change']]: string },
])[] = [
  [
    'listeners',
    {
      added: 'it accepts clients from now on',
      removed: 'it accepts no more clients; living connections have drainTimeout to finish',
      changed: '',
    },
  ],
  ['listeners.listen', 'it accepts clients on these addresses, and no more on others; living connections go on'],
  ['listeners.upstream', 'new clients go to this upstream; living connections stay where they are'],
  ['listeners.timeouts', AT_ONCE],
  ['listeners.maxConnections', 'nobody is cut: clients beyond it are refused from now on'],
  ['listeners.maxConnectionsPerClient', 'nobody is cut: clients beyond it are refused from now on'],
  ['listeners.unix', 'the socket is opened anew with these permissions; living connections go on'],
  ['listeners', NEW_CLIENTS],
  [
    'upstreams.servers',
    {
      added: 'it gets new connections from now on',
      removed: 'it gets no more new connections; living ones have drainTimeout to finish',
      changed: NEW_CONNECTIONS,
    },
  ],
  [
    'upstreams',
    {
      added: 'listeners may use it',
      removed: 'no listener uses it; living connections have drainTimeout to finish',
      changed: '',
    },
  ],
  ['upstreams.servers.maxConnections', 'nobody is cut: it gets no new connections while it has more'],
  ['upstreams.servers', NEW_CONNECTIONS],
  ['upstreams.discover', 'its servers are found anew; those that stay keep their connections'],
  ['upstreams.health', 'its servers are checked like this; what is known of them stays until then'],
  ['upstreams.ejection', 'from the next failed dial on'],
  ['upstreams.onServerDown', 'from the next server on that goes down'],
  ['upstreams', NEW_CONNECTIONS],
  ['log', 'at once, in all processes'],
  ['workerMemory', 'with the next reports of the workers'],
  ['drainTimeout', 'from the next drain on'],
  ['drainDelay', 'from the next drain on'],
  ['drainSpread', 'from the next drain on'],
]

export const effectOf = (change: ConfigChange): string => {
  if (needsRestart(change)) return 'not before a restart'
  const keys = change.path.filter((step) => typeof step === 'string')
  const isEntry = typeof change.path.at(-1) === 'number'
  for (const [key, effect] of EFFECTS) {
    if (!startsWith(keys, key.split('.'))) continue
    if (typeof effect === 'string') return effect
    if (isEntry && keys.length === key.split('.').length) return effect[change.change]
  }
  return 'at once'
}

const startsWith = (keys: Path, prefix: Path): boolean => prefix.every((step, index) => keys[index] === step)
