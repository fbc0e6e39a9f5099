import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { type Address, formatAddress } from '../config/fields/address.ts'
import { configFromFlags } from '../config/load.ts'
import { type RunningProxy, runPrimary } from '../primary/primary.ts'
import { print } from './output.ts'

interface DemoOptions {
  listen: string
  admin: string
}

const UPSTREAM_FILE = fileURLToPath(new URL('./demo-upstream.js', import.meta.url))

/** Short: a browser keeps idle connections open, and the demo should not wait for them. */
const DRAIN_MS = 2_000

export const addDemo = (program: Command): void => {
  program
    .command('demo')
    .description('try it with nothing else installed: a small HTTP server with copyloop in front of it')
    .option('--listen <address>', 'the address of the proxy', '127.0.0.1:8080')
    .option('--admin <address>', 'the address of the admin, or off', '127.0.0.1:9901')
    .addHelpText('after', '\nExample:\n  $ copyloop demo --listen 127.0.0.1:8081')
    .action(demo)
}

const demo = async ({ listen, admin }: DemoOptions): Promise<void> => {
  const upstream = fork(UPSTREAM_FILE, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  try {
    const to = `127.0.0.1:${await portOf(upstream)}`
    const config = configFromFlags({ listen, to, admin })
    process.exitCode = await runPrimary(
      { ...config, drainTimeoutMs: DRAIN_MS },
      { onServing: (serving) => print(whatToTry(serving, to)) },
    )
  } finally {
    if (upstream.connected) upstream.disconnect()
  }
}

const portOf = async (upstream: ChildProcess): Promise<number> => {
  const [port] = await once(upstream, 'message')
  return port
}

const whatToTry = ({ listeners, admin, workers }: RunningProxy, to: string): string =>
  [
    '',
    `copyloop demo: ${workers === 1 ? '1 worker relays' : `${workers} workers relay`} ${listeners.map(({ address }) => formatAddress(address)).join(', ')} to a small HTTP server on ${to}`,
    '',
    ...listeners.map(({ address }) => `  ${curl(address, '/')}    # goes through the proxy`),
    ...(admin ? [`  ${curl(admin, '/stats')}    # what was counted`] : []),
    '  ^C drains and stops',
    '',
    '',
  ].join('\n')

/** A command line to copy and run. */
const curl = (address: Address, path: string): string => {
  if (address.kind === 'unix') return `curl --unix-socket '${address.path}' http://localhost${path}`
  const everywhere = ['', '0.0.0.0', '::'].includes(address.host)
  return `curl http://${formatAddress(everywhere ? { ...address, host: 'localhost' } : address)}${path}`
}
