/** Programs of others beside which copyloop runs: proxies, databases. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { untilListening } from '../../../bench/measure/ports.ts'

/** @param version the flag with which it says its version */
export const isInstalled = (program: string, version = '-v'): boolean => spawnSync(program, [version]).status === 0

const living = new Set<ChildProcess>()

/** For `afterEach`. */
export const endPrograms = async (): Promise<void> => {
  for (const child of living) await kill(child)
}

const kill = async (child: ChildProcess): Promise<void> => {
  living.delete(child)
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** Another program that runs. */
export interface Program {
  /** What it has written so far. */
  output(): string
  /** Kills it, and waits for its end. */
  end(): Promise<void>
}

/** Starts it, and waits until it listens on a port of 127.0.0.1. */
export const startProgram = async (program: string, args: readonly string[], port: number): Promise<Program> => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  living.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  await untilListening(port, () => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${output}`)
  })
  return { output: () => output, end: () => kill(child) }
}
