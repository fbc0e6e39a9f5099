import type { Command } from 'commander'
import { configFile, configFromFlags, DEFAULT_FILE } from '../config/load.ts'
import { unlocated } from '../config/problems/problem.ts'
import { Unreadable } from '../config/problems/unreadable.ts'
import { parseControlAddress } from '../config/sections/control.ts'
import type { LoadConfig } from '../primary/reload/reload.ts'
import type { TakeOver } from '../primary/take-over/predecessor.ts'
import { collect } from './flags.ts'
import { loadWithInspectors } from './load-with-inspectors.ts'

interface RunOptions {
  config?: string
  listen?: string
  to?: string
  workers?: string
  engine?: string
  admin?: string
  takeOver?: string
  orStart?: boolean
}

export const addRun = (program: Command): void => {
  program
    .command('run')
    .description('run a config file, or one listener and one upstream given by flags')
    .option('-c, --config <file>', `the config file (default: $COPYLOOP_CONFIG or ${DEFAULT_FILE})`)
    .option(
      '--listen <addresses>',
      'listen here, without a file: :8080 or 127.0.0.1:8080,[::1]:8080 or unix:/path; may be repeated',
      collect,
    )
    .option(
      '--to <servers>',
      'relay to these servers in turn: localhost:80 or 10.0.0.1:80,10.0.0.2:80; may be repeated',
      collect,
    )
    .option('--workers <n>', 'worker processes: a number, or auto for one per core')
    .option('--engine <name>', 'how bytes are relayed: auto, or the name of an engine')
    .option(
      '--admin <address>',
      'the address of the admin: on loopback, unix:/path, or any if the config has its token; or off',
    )
    .option(
      '--take-over <control>',
      'take over from the running copyloop whose config has this as its control: unix:/run/copyloop.ctl',
    )
    .option('--or-start', 'with --take-over: start as usual if no copyloop answers there')
    .addHelpText(
      'after',
      '\nExample:\n  $ copyloop run --listen :8080 --to localhost:3000\n  $ copyloop run -c copyloop.yaml',
    )
    .action(async (options: RunOptions, command: Command) => {
      const takeOver = takeOverOf(options, command)
      const loadConfig = loaderOf(options, command)
      const { config } = await loadConfig()
      // Other commands do not wait for what they do not need.
      const { runPrimary } = await import('../primary/primary.ts')
      process.exitCode = await runPrimary(config, { loadConfig, ...(takeOver && { takeOver }) })
    })
}

const takeOverOf = ({ takeOver, orStart = false }: RunOptions, command: Command): TakeOver | undefined => {
  if (takeOver === undefined && orStart)
    return command.error('error: --or-start is for --take-over; add that, or leave it out')
  try {
    return takeOver === undefined ? undefined : { control: parseControlAddress(takeOver), orStart }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return command.error(`error: --take-over: ${error.message}`)
  }
}

/** Reads the same config each time it is called, as it is then. */
const loaderOf = (
  { config, listen, to, takeOver: _, orStart: __, ...flags }: RunOptions,
  command: Command,
): LoadConfig => {
  if (listen === undefined && to === undefined) {
    const file = configFile(config)
    if (file !== undefined) return () => loadWithInspectors(file, flags)
    return command.error(`error: there is no ${DEFAULT_FILE} here; pass -c FILE, or --listen ADDRESS --to SERVER`)
  }
  if (config !== undefined) return command.error('error: give either --config, or --listen and --to, not both')
  if (listen === undefined) return command.error('error: --to is given but --listen is missing; add --listen ADDRESS')
  if (to === undefined) return command.error('error: --listen is given but --to is missing; add --to SERVER')
  return async () => ({
    config: configFromFlags({ listen, to, ...flags }),
    problemOf: (finding) => unlocated('flags', finding),
  })
}
