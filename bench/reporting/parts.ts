/** What is used of the built program. It is loaded from `dist`: this folder is compiled on its own. */

interface Reporter {
  report(): void
}

interface Worker {
  apply(state: object): Promise<void>
}

interface SocketStore {
  put(socket: number, handle: object): void
}

interface Report {
  readonly changed: readonly object[]
  readonly left: readonly object[]
}

interface TotalsByWorker {
  began(workerId: number): void
  report(workerId: number, changed: readonly object[], left: readonly object[]): void
}

interface Modules {
  'config/load': { configFromObject(input: object): { readonly log: object } }
  'engine/choose-engine': { chooseEngine(wanted: string): Promise<{ engine: object }> }
  'engine/listening/listening-socket': {
    openListeningSocket(address: object): Promise<{ handle: object; address: { port: number } }>
  }
  'ipc/channel': { readFromWorker(raw: unknown): Report }
  'log/log': { openLog(options: object, fields: object): object }
  'primary/workers/totals-by-worker': {
    TotalsByWorker: new (names: { has(): boolean }, onIgnored: () => void) => TotalsByWorker
  }
  'serving/of-config': { stateOf(config: object, socketsOf: () => number[]): object }
  'system/open-files': { openFilesLimit(): number; connectionsWithin(limit: number): number }
  'worker/reporting/report': { Reporter: new (worker: Worker) => Reporter }
  'worker/sockets': { SocketStore: new () => SocketStore }
  'worker/worker': { Worker: new (options: object) => Worker }
}

export const load = <Name extends keyof Modules>(name: Name): Promise<Modules[Name]> =>
  import(new URL(`../../${name}.js`, import.meta.url).href)

/** CPU time of this process since `before`, in µs. */
export const cpuUsSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before)
  return user + system
}
