#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { addCheck } from './commands/check.ts'
import { addDemo } from './commands/demo.ts'
import { addInspector } from './commands/inspector.ts'
import { addRun } from './commands/run.ts'
import { addSchema } from './commands/schema.ts'
import { ConfigError } from './config/problem.ts'
import { StartFailed } from './primary/start-failed.ts'
import { VERSION } from './primary/version.ts'

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

/** Says on stderr what went wrong, unless that was done, and answers with the exit code. */
const exitCodeOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage
  if (error instanceof ConfigError) {
    console.error(error.isWrongUsage ? `${error.message}\n${MORE}` : error.message)
    return error.isWrongUsage ? EXIT.wrongUsage : EXIT.wrongConfig
  }
  // Anything but StartFailed is a defect, and its stack is wanted.
  console.error(error instanceof StartFailed ? `copyloop: ${error.message}` : error)
  return EXIT.failed
}

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}
// A process manager's channel would keep the process alive. What was written is out: pipes and files are synchronous here.
process.exit()
