/** The output of commands. A pipe takes 64 KiB at once (pipe(7)); the rest is written when its reader has made room. */
import { EXIT } from '../primary/exit.ts'

/** Writes data to stdout. */
export const print = (text: string): void => write(process.stdout, text)

/** Writes a diagnostic to stderr. */
export const printError = (text: string): void => write(process.stderr, text)

/** Resolves when all output has left this process or has no reader: exiting then loses nothing. */
export const allWritten = async (): Promise<void> => {
  // A full disk is reported by an event.
  await new Promise((resolve) => setImmediate(resolve))
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()))
  }
}

const write = (stream: NodeJS.WriteStream, text: string): void => {
  const onError = stream === process.stderr ? onUnheard : onUnwritten
  if (!stream.listeners('error').includes(onError)) stream.on('error', onError)
  stream.write(text)
}

const onUnwritten = (error: NodeJS.ErrnoException): void => {
  if (isReaderGone(error)) return
  process.exitCode = EXIT.failed
  printError(`copyloop: the output cannot be written: ${error.message}\n`)
}

/** There is nowhere left to say it. What the command has found is still its exit code. */
const onUnheard = (error: NodeJS.ErrnoException): void => {
  if (!isReaderGone(error)) process.exitCode ||= EXIT.failed
}

/** `copyloop check | head -1`: the reader has closed the pipe. */
const isReaderGone = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE' || code === 'ECONNRESET'
