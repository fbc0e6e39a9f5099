#!/usr/bin/env node
/** Only what cannot fail is loaded before the `try`: loading takes descriptors, and there may be too few. */
import { allWritten } from './commands/output.ts'
import { EXIT } from './primary/exit.ts'
import { isOutOfFiles, openFilesLimit } from './system/open-files.ts'

const limit = openFilesLimit()

try {
  const { runCommandLine } = await import('./commands/program.ts')
  process.exitCode = await runCommandLine()
} catch (error) {
  // Anything else is a defect, and its stack is wanted.
  console.error(isOutOfFiles(error) ? `copyloop: too many open files: raise ulimit -n (now ${limit})` : error)
  process.exitCode = EXIT.failed
}
await allWritten()
// A process manager's channel would keep the process alive.
process.exit()
