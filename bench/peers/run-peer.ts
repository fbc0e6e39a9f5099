import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atEnd, hasEnded, own, stop } from '../measure/children.ts'
import { freePort, untilListening } from '../measure/ports.ts'
import { projectRoot } from '../paths.ts'
import type { Peer } from './peer.ts'

export interface RunningPeer {
  port: number
  /** Undefined when there is no proxy (direct). */
  pid: number | undefined
  commandLine: string
  /** Ends it; `before` may look at what it left in its folder before that is gone. */
  stop(before?: (folder: string) => Promise<void>): Promise<void>
}

export const startPeer = async (peer: Peer, originPort: number, workers: number): Promise<RunningPeer> => {
  const folder = mkdtempSync(join(tmpdir(), 'copyloop-bench-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const forget = atEnd(remove)
  const listenPort = await freePort()
  const command = await peer.command({ listenPort, originPort, workers, folder })
  const leave = () => {
    forget()
    remove()
  }
  if (!command) {
    leave()
    return { port: originPort, pid: undefined, commandLine: '', stop: async () => {} }
  }

  const output = join(folder, 'output.log')
  const log = openSync(output, 'a')
  const { file, args } = command
  const env = { ...process.env, ...command.env }
  // Detached: a group of its own, so that its workers can be ended with it.
  const child = own(spawn(file, args, { stdio: ['ignore', log, log], detached: true, env }))
  closeSync(log)
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  const tail = () =>
    readFileSync(output, 'utf8').trim().split('\n').slice(-3).join(' | ').replaceAll(`${folder}/`, '').slice(-400)
  try {
    await untilListening(listenPort, () => {
      if (failure) throw failure
      if (hasEnded(child)) throw new Error(`${peer.label} ended at its start: ${tail()}`)
    })
  } catch (error) {
    await stop(child, 500)
    leave()
    throw error
  }
  return {
    port: listenPort,
    pid: child.pid,
    commandLine: readable([file, ...args].join(' '), folder),
    async stop(before) {
      await stop(child)
      await before?.(folder)
      leave()
    },
  }
}

/** A command line for the page: without this machine's folders. */
const readable = (command: string, folder: string): string => {
  return command
    .replaceAll(folder, '.')
    .replaceAll(`${projectRoot}/`, '')
    .replaceAll(process.execPath, 'node')
    .replaceAll(/\/\S*\/copyloop-bench-[^/\s]*\//g, '')
}
