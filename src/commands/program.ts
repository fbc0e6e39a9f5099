import { Command, CommanderError } from 'commander'
import { ConfigError } from '../config/problems/problem.ts'
import { StartFailed } from '../primary/start-failed.ts'
import { VERSION } from '../primary/version.ts'
import { addCheck } from './check.ts'
import { addDemo } from './demo.ts'
import { addInspector } from './inspector.ts'
import { addRun } from './run.ts'
import { addSchema } from './schema.ts'

/** 78 is EX_CONFIG of sysexits.h: a process manager need not try again. */
const EXIT = { done: 0, failed: 1, wrongUsage: 2, wrongConfig: 78 } as const

const MORE = '(--help says more)'

const program = new Command('copyloop')
  .description('A TCP proxy and load balancer: every connection says why it ended.')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError(MORE)
  .addHelpText('after', '\nExample:\n  $ copyloop run --listen :8080 --to localhost:3000\n  $ copyloop demo')

for (const add of [addRun, addDemo, addCheck, addSchema, addInspector]) add(program)

/** Says on stderr what went wrong, unless that was done, and answers with the exit code. Throws what is a defect. */
const exitCodeOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage
  if (error instanceof ConfigError) {
    console.error(error.isWrongUsage ? `${error.message}\n${MORE}` : error.message)
    return error.isWrongUsage ? EXIT.wrongUsage : EXIT.wrongConfig
  }
  if (!(error instanceof StartFailed)) throw error
  console.error(`copyloop: ${error.message}`)
  return EXIT.failed
}

/**
 * Does what the command line says.
 *
 * @returns the exit code; what went wrong was said on stderr
 * @throws what nobody foresaw
 */
export const runCommandLine = async (): Promise<number | string> => {
  try {
    await program.parseAsync()
    return process.exitCode ?? EXIT.done
  } catch (error) {
    return exitCodeOf(error)
  }
}
