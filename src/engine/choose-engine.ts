import type { Config, EngineName } from '../config/schema.ts'
import type { SharedMemory } from '../serving/shared-memory.ts'
import type { Engine } from './engine.ts'
import type { SocketCalls } from './streams/socket/socket-calls.ts'
import { openStreamsEngine } from './streams/streams-engine.ts'

/** The engine that serves, and the reason if it is not the first choice. */
export interface Choice {
  readonly engine: Engine
  readonly insteadBecause?: string
}

/**
 * The only place that chooses. `auto` is the kernel engine where it can run, else streams.
 *
 * @param memory where the loads of all workers stand, if it can be had
 * @throws Error with the reason if the engine that was asked for cannot run here
 */
export const chooseEngine = async (wanted: Config['engine'], memory?: SharedMemory): Promise<Choice> => {
  if (wanted === 'streams') return { engine: await openStreams() }
  try {
    return { engine: await openKernelEngine(memory) }
  } catch (error) {
    const reason = `the engine "kernel" cannot run here: ${(error as Error).message}`
    if (wanted === ('kernel' satisfies EngineName)) throw new Error(reason, { cause: error })
    return { engine: await openStreams(), insteadBecause: reason }
  }
}

const openStreams = async (): Promise<Engine> => openStreamsEngine(await socketCalls())

/** docs/operating.md describes what is different without them. */
const socketCalls = async (): Promise<SocketCalls | undefined> => {
  if (process.platform !== 'linux') return undefined
  try {
    const [{ keepUrgentInline }, { holdOffNewClients }] = await Promise.all([
      import('../system/sockets/socket-setup.ts'),
      import('../system/sockets/hold-off.ts'),
    ])
    return { keepUrgentInline, holdOffNewClients }
  } catch {
    return undefined
  }
}

/** Loaded only where it can run: elsewhere there is no libc to load. */
const openKernelEngine = async (memory: SharedMemory | undefined): Promise<Engine> => {
  if (process.platform !== 'linux') throw new Error(`it needs Linux, this is ${process.platform}`)
  const kernel = await import('./kernel/kernel-engine.ts')
  return kernel.openKernelEngine(memory)
}
