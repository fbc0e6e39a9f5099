#!/usr/bin/env node
/** Only what cannot fail is loaded before the `try`: loading takes descriptors, and there may be too few. */
import { allWritten } from './commands/output.ts'
import { EXIT } from './primary/exit.ts'
import { isOutOfFiles, openFilesLimit } from './system/open-files.ts'

/** With fewer descriptors loading may fail, and Node's search for a package then says that it is not there. */
const ENOUGH_TO_LOAD = 512

const limit = openFilesLimit()

const isShortOfFiles = (error: unknown): boolean =>
  isOutOfFiles(error) ||
  (limit < ENOUGH_TO_LOAD && (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_MODULE_NOT_FOUND')

try {
  // One part after the other: Node opens all files that an import needs at once.
  await import('./config/schema.ts')
  await import('./config/load.ts')
  const { runCommandLine } = await import('./commands/program.ts')
  process.exitCode = await runCommandLine()
} catch (error) {
  // Anything else is a defect, and its stack is wanted.
  console.error(isShortOfFiles(error) ? `copyloop: too many open files: raise ulimit -n (now ${limit})` : error)
  process.exitCode = EXIT.failed
}
await allWritten()
// A process manager's channel would keep the process alive.
process.exit()
