#!/usr/bin/env node
/** Only what Node has by itself is loaded before the `try`: each module takes a descriptor, and there may be too few. */
import { allWritten } from './commands/output.ts'
import { isOutOfFiles, openFilesLimit } from './system/open-files.ts'

const limit = openFilesLimit()

try {
  const { runCommandLine } = await import('./commands/program.ts')
  process.exitCode = await runCommandLine()
} catch (error) {
  // Anything else is a defect, and its stack is wanted.
  console.error(isOutOfFiles(error) ? `copyloop: too many open files: raise ulimit -n (now ${limit})` : error)
  process.exitCode = 1
}
await allWritten()
// A process manager's channel would keep the process alive.
process.exit()
