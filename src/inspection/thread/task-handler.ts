/** The file that runs in an inspecting thread. Piscina calls its default export with each task, one after the other. */
import { getHeapStatistics } from 'node:v8'
import { CountRow } from '../shared/count-row.ts'
import { DirectLine } from '../shared/direct-line.ts'
import {
  ALL_GO_ON,
  type Answer,
  clockMs,
  type Item,
  type Loaded,
  type LoadTask,
  PROGRESS,
  type Task,
  type Wanted,
} from '../shared/messages.ts'
import { Chain } from './chain.ts'
import type { LoadedInspector } from './chain-link.ts'
import { loadModule } from './load-module.ts'

type Listeners = ReadonlyMap<string, readonly LoadedInspector[]>

const generations = new Map<number, Listeners>()
const chains = new Map<number, Chain>()
let arena = new SharedArrayBuffer(0)
let progress: Int32Array = new Int32Array(PROGRESS.length)
let line = new DirectLine()
let lastAnswers: Answer[] = []
let memoryBytes = Number.POSITIVE_INFINITY
let lookIsDue = false
const LOOK_AT_MEMORY_AFTER_MS = 50
/** So long it listens for the next batch, asleep, before timers and messages get their turn… */
const LISTEN_IDLE_MS = 5
/** …and so long it does when one batch follows the other. */
const LISTEN_MOST_MS = 20

/** Loading answers with what became of each inspector, a batch with an answer for each item. */
export default function handle(task: Task): Promise<Record<string, Loaded[]>> | Answer[] | undefined {
  switch (task.kind) {
    case 'load':
      return load(task)
    case 'unload':
      generations.delete(task.generation)
      return undefined
    case 'batch':
      listenSoon()
      return answerAll(task.items)
    case 'collect':
      listenSoon()
      return lastAnswers
  }
}

const load = async (task: LoadTask): Promise<Record<string, Loaded[]>> => {
  arena = task.arena
  progress = new Int32Array(task.progress)
  line = new DirectLine(task.line)
  memoryBytes = task.memoryBytes
  const said: Record<string, Loaded[]> = {}
  const listeners = new Map<string, LoadedInspector[]>()
  let row = 0
  for (const [listener, wanted] of Object.entries(task.listeners)) {
    const outcomes: Loaded[] = []
    const inspectors: LoadedInspector[] = []
    for (const one of wanted) outcomes.push(await loadOne(one, new CountRow(task.counts, row++), inspectors))
    said[listener] = outcomes
    listeners.set(listener, inspectors)
  }
  // A version is used whole or not at all: one inspector less would let pass what it is there to stop.
  if (
    Object.values(said)
      .flat()
      .every((loaded) => 'name' in loaded)
  )
    generations.set(task.generation, listeners)
  return said
}

const loadOne = async (wanted: Wanted, counts: CountRow, into: LoadedInspector[]): Promise<Loaded> => {
  const module = await loadModule(wanted)
  if ('problems' in module) return module
  const { inspector, options, name, hasEnd } = module
  const { directions, firstBytes, onFailure } = wanted.config
  into.push({ inspector, options, directions, firstBytes, onFailure, counts })
  return { name, hasEnd }
}

const answerAll = (items: readonly Item[]): Answer[] => {
  lastAnswers = items.map(answer)
  progress[PROGRESS.item] = 0
  watchMemory()
  return lastAnswers
}

/** Once the answers are on their way, and not before. */
const listenSoon = (): void => {
  setImmediate(() => {
    if (line.listen(answerAll, LISTEN_IDLE_MS, performance.now() + LISTEN_MOST_MS)) listenSoon()
  })
}

const answer = (item: Item, index: number): Answer => {
  progress[PROGRESS.sinceMs] = clockMs()
  progress[PROGRESS.item] = index + 1
  const chain = chains.get(item.connection)
  switch (item.kind) {
    case 'open': {
      const inspectors = generations.get(item.generation)?.get(item.info.listener)
      if (inspectors === undefined) throw new Error('a connection began with inspectors that were not loaded')
      chains.set(item.connection, new Chain(inspectors, item.info, sayWhichIsCalled))
      return ALL_GO_ON
    }
    case 'chunk':
      return opened(chain).chunk(item.direction, new Uint8Array(arena, item.offset, item.length))
    case 'end':
      return opened(chain).end(item.direction)
    case 'close':
      chain?.close(item.summary)
      chains.delete(item.connection)
      return ALL_GO_ON
  }
}

const sayWhichIsCalled = (link: number): void => {
  // First the time: who reads in between must not count that of the call before to this one.
  progress[PROGRESS.sinceMs] = clockMs()
  progress[PROGRESS.link] = link
}

const opened = (chain: Chain | undefined): Chain => {
  if (chain === undefined) throw new Error('a connection was not opened')
  return chain
}

/** V8 limits its heap by itself; Buffers are outside of it, and would be limited by nothing. */
const watchMemory = (): void => {
  if (lookIsDue) return
  lookIsDue = true
  // After the messages of that turn: answers that wait to be collected are not lost with the thread.
  setTimeout(() => setImmediate(lookAtMemory), LOOK_AT_MEMORY_AFTER_MS).unref()
}

const lookAtMemory = (): void => {
  lookIsDue = false
  const { external_memory: external, used_heap_size: heap } = getHeapStatistics()
  // Nobody catches it: it ends the thread.
  if (external + heap > memoryBytes) throw new Error('the inspectors of this thread use more memory than they may')
}
