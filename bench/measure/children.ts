import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** Every process that the benchmark starts. None outlives it: not an error, not ^C. */
const children = new Set<ChildProcess>()
const cleanups = new Set<() => void>()

/** Takes charge of a child. One that was started `detached` is ended with its whole process group. */
export const own = <C extends ChildProcess>(child: C): C => {
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** Runs at the end of the process, in whatever way it ends. Must not wait for anything. */
export const atEnd = (cleanup: () => void): (() => void) => {
  cleanups.add(cleanup)
  return () => cleanups.delete(cleanup)
}

/** Ends a child: politely, then, after `graceMs`, not. */
export const stop = async (child: ChildProcess, graceMs = 5000): Promise<void> => {
  if (hasEnded(child)) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const late = new AbortController()
  await Promise.race([ended, sleep(graceMs, undefined, { signal: late.signal }).catch(() => {})])
  late.abort()
  if (!hasEnded(child)) {
    kill(child)
    await ended
  }
}

export const hasEnded = (child: ChildProcess): boolean => {
  return child.exitCode !== null || child.signalCode !== null
}

const kill = (child: ChildProcess): void => {
  if (child.pid === undefined || hasEnded(child)) return
  try {
    // The group first: it holds the workers of a proxy, whose parent may be too busy to end them.
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

export const cleanUpAtEnd = (): void => {
  process.once('exit', () => {
    for (const child of children) kill(child)
    for (const cleanup of cleanups) cleanup()
  })
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
}

/** Runs a program of the benchmark, which ends its children with it: with exit code 0 if `main` resolves with true. */
export const runProgram = async (main: () => Promise<boolean>): Promise<never> => {
  cleanUpAtEnd()
  try {
    process.exit((await main()) ? 0 : 1)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}
