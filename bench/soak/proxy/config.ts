import { join } from 'node:path'
import { projectRoot } from '../../paths.ts'
import type { Road } from '../plan/road.ts'

/** Lanes of a road whose clients have no address; see load/lanes.ts. */
const UNIX_LANES = 12

export interface ConfigParts {
  readonly folder: string
  readonly logFile: string
  readonly engine: string
  readonly workers: number
  readonly roads: readonly Road[]
  /** By the road's name. */
  readonly servers: ReadonlyMap<string, string>
}

/** The names of a road's listeners. */
export const listenersOf = ({ name, client }: Road): string[] =>
  client === 'unix' ? Array.from({ length: UNIX_LANES }, (_, lane) => `${name}-${lane}`) : [name]

/** The proxy's config. No clock may end a connection: what hangs is found by the load. */
export const configOf = ({ folder, logFile, engine, workers, roads, servers }: ConfigParts): object => {
  const long = '1h'
  return {
    workers,
    engine,
    admin: { listen: '127.0.0.1:0' },
    log: { level: 'info', access: true, file: logFile },
    drainTimeout: '5s',
    listeners: roads.flatMap((road) =>
      listenersOf(road).map((name) => ({
        name,
        listen: listenOn(road, name, folder),
        upstream: road.name,
        timeouts: { connect: '30s', idle: long, stall: long, halfClose: long },
        inspect: inspectorsOf(road),
      })),
    ),
    upstreams: roads.map(({ name }) => ({ name, servers: [servers.get(name)] })),
  }
}

const listenOn = ({ client }: Road, name: string, folder: string): string => {
  if (client === 'unix') return `unix:${join(folder, `${name}.listener`)}`
  return client === 'ipv4' ? '127.0.0.1:0' : '[::1]:0'
}

const inspectorsOf = ({ inspection }: Road): object[] => {
  if (inspection === 'none') return []
  const file = inspection === 'pass' ? 'pass-all.mjs' : 'mangle.mjs'
  // A busy machine is no fault of the inspector.
  return [{ use: join(projectRoot, 'bench', 'inspection', file), timeout: '20s' }]
}
