/** Servers behind a name or SRV records, as tests of names need them. */
import { echoServer } from '../e2e/support/echo.ts'
import type { Copyloop } from '../e2e/support/proxy.ts'

/** Echo servers with one port on several addresses. */
export const serversOn = async (first: string, ...others: string[]): Promise<string> => {
  const port = (await echoServer(`${first}:0`)).split(':').at(-1) ?? ''
  for (const address of others) await echoServer(`${address}:${port}`)
  return port
}

export type App = NonNullable<Awaited<ReturnType<Copyloop['stats']>>['upstreams'][string]>

/** Waits until upstream `app` is so, and every worker serves it. */
export const untilApp = (copyloop: Copyloop, what: string, is: (app: App) => boolean) =>
  copyloop.untilStats(
    what,
    ({ upstreams, stateVersion, workers }) =>
      upstreams.app !== undefined &&
      is(upstreams.app) &&
      workers.every((worker) => worker.stateVersion === stateVersion),
    20_000,
  )
