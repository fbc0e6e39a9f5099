import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import type { Address } from '../../config/fields/address.ts'
import { configFromFlags } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { healthSection } from '../../config/sections/health.ts'
import { print } from '../output.ts'
import type { Ports, Watched } from './peers.ts'
import { whatToTry } from './what-to-try.ts'

interface DemoOptions {
  listen: string
  admin: string
  quiet?: boolean
}

const PEERS_FILE = fileURLToPath(new URL('./peers.js', import.meta.url))

/** Short: a browser keeps idle connections open, and the demo should not wait for them. */
const DRAIN_MS = 2_000

const HEALTH = healthSection.parse({
  interval: '1s',
  send: 'GET /health HTTP/1.0\\r\\n\\r\\n',
  expect: ' 200 OK',
})

export const addDemo = (program: Command): void => {
  program
    .command('demo')
    .description('try it with nothing else installed: two small HTTP servers with copyloop in front of them')
    .option('--listen <address>', 'the address of the proxy', '127.0.0.1:8080')
    .option('--admin <address>', 'the address of the admin and its dashboard, or off', '127.0.0.1:9901')
    .option('--quiet', 'no traffic of its own while somebody looks at the dashboard')
    .addHelpText('after', '\nExample:\n  $ copyloop demo --listen 127.0.0.1:8081')
    .action(demo)
}

const demo = async ({ listen, admin, quiet = false }: DemoOptions): Promise<void> => {
  const peers = fork(PEERS_FILE, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  let proxy: Address | undefined
  const tellPeers = (isWatched: boolean): void => {
    if (proxy && !quiet && peers.connected) peers.send({ proxy, isWatched } satisfies Watched)
  }
  try {
    const servers = (await portsOf(peers)).map((port) => `127.0.0.1:${port}`)
    // Other commands do not wait for what they do not need.
    const { runPrimary } = await import('../../primary/primary.ts')
    process.exitCode = await runPrimary(demoConfig(configFromFlags({ listen, to: servers.join(','), admin })), {
      onServing: (serving) => {
        proxy = serving.listeners[0]?.address
        print(whatToTry(serving, servers, quiet))
      },
      onWatched: tellPeers,
    })
  } finally {
    if (peers.connected) peers.disconnect()
  }
}

const portsOf = async (peers: ChildProcess): Promise<readonly number[]> => {
  const [{ ports }] = (await once(peers, 'message')) as [Ports]
  return ports
}

const demoConfig = (config: Config): Config => ({
  ...config,
  drainTimeoutMs: DRAIN_MS,
  upstreams: config.upstreams.map((upstream) => ({ ...upstream, health: HEALTH })),
})
