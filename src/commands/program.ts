import { Command, CommanderError } from 'commander'
import { ConfigError } from '../config/problems/problem.ts'
import { EXIT, StartFailed } from '../primary/exit.ts'
import { VERSION } from '../primary/version.ts'
import { CommandFailed } from './admin/admin-client.ts'
import { addConnections } from './admin/connections.ts'
import { addDrain } from './admin/drain.ts'
import { addExplain } from './admin/explain.ts'
import { addKill } from './admin/kill.ts'
import { addReload } from './admin/reload.ts'
import { addServer } from './admin/server.ts'
import { addStatus } from './admin/status.ts'
import { addTop } from './admin/top/top.ts'
import { addCheck } from './check.ts'
import { addDemo } from './demo/demo.ts'
import { refuseRepeats } from './flags.ts'
import { addInspector } from './inspector.ts'
import { print, printError } from './output.ts'
import { addRun } from './run.ts'
import { addSchema } from './schema.ts'

const MORE = '(see --help)'

const program = new Command('copyloop')
  .description('A TCP proxy and load balancer that reports why every connection ended.')
  .version(VERSION)
  .exitOverride()
  .configureOutput({ writeOut: print, writeErr: printError })
  .showHelpAfterError(MORE)
  .addHelpText('after', '\nExample:\n  $ copyloop run --listen :8080 --to localhost:3000\n  $ copyloop demo')

const COMMANDS = [
  addRun,
  addDemo,
  addCheck,
  addStatus,
  addTop,
  addConnections,
  addExplain,
  addKill,
  addServer,
  addReload,
  addDrain,
  addSchema,
  addInspector,
]
for (const add of COMMANDS) add(program)
refuseRepeats(program)

/** Prints what went wrong on stderr, unless commander has done so, and returns the exit code. Rethrows a defect. */
const exitCodeOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage
  if (error instanceof ConfigError) {
    printError(error.isWrongUsage ? `${error.message}\n${MORE}\n` : `${error.message}\n`)
    return error.isWrongUsage ? EXIT.wrongUsage : EXIT.wrongConfig
  }
  if (!(error instanceof StartFailed || error instanceof CommandFailed)) throw error
  printError(`copyloop: ${error.message}\n`)
  return EXIT.failed
}

/**
 * Runs the command line.
 *
 * @returns the exit code; errors were printed on stderr
 * @throws a defect
 */
export const runCommandLine = async (): Promise<number | string> => {
  try {
    await program.parseAsync()
    return process.exitCode ?? EXIT.done
  } catch (error) {
    return exitCodeOf(error)
  }
}
