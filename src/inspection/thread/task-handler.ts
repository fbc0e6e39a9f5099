/**
 * What runs in a thread of inspectors. Piscina calls its default export with each task, one after the other; between
 * them the thread listens on the direct line.
 */
import { Batch } from '../shared/batch.ts'
import { CountRow } from '../shared/count-row.ts'
import { DirectLine } from '../shared/direct-line.ts'
import type { Answer, InspectorSource, LoadResult, LoadTask, Notice, Task, ThreadMemory } from '../shared/messages.ts'
import { Progress } from '../shared/progress.ts'
import type { ConfiguredInspector } from './chain-link.ts'
import { Chains } from './chains.ts'
import { loadModule } from './load-module.ts'
import { MemoryWatch } from './memory-watch.ts'

/** It listens for the next batch for so long, asleep, before timers and messages get their turn… */
const LISTEN_IDLE_MS = 5
/** …and for so long when one batch follows the other. */
const LISTEN_MOST_MS = 20

interface OpenThread {
  readonly chains: Chains
  readonly line: DirectLine
  readonly memoryWatch: MemoryWatch
}

let open: OpenThread | undefined
let lastAnswers: Answer[] = []

/** Answers a load with a result per inspector, a batch with an answer per request. */
export default function handle(task: Task): Promise<Record<string, LoadResult[]>> | Answer[] {
  if (task.kind === 'load') {
    open ??= openThread(task.memory, task.memoryBytes)
    return load(task, open.chains)
  }
  if (open === undefined) throw new Error('nothing was loaded yet')
  listenSoon(open)
  return task.kind === 'batch' ? answer(open, task.notices) : lastAnswers
}

const openThread = (memory: ThreadMemory, memoryBytes: number): OpenThread => {
  const batch = new Batch(memory)
  const chains = new Chains(batch, new Progress(memory.progress))
  return { chains, line: new DirectLine(batch, memory.line), memoryWatch: new MemoryWatch(memoryBytes) }
}

const load = async (task: LoadTask, { sets }: Chains): Promise<Record<string, LoadResult[]>> => {
  const results: Record<string, LoadResult[]> = {}
  const set = new Map<string, ConfiguredInspector[]>()
  let row = 0
  for (const [listener, sources] of Object.entries(task.listeners)) {
    const inspectors: ConfiguredInspector[] = []
    const ofListener: LoadResult[] = []
    for (const source of sources) ofListener.push(await loadOne(source, new CountRow(task.counts, row++), inspectors))
    results[listener] = ofListener
    set.set(listener, inspectors)
  }
  // A set is used whole or not at all: one inspector less would let pass what it is there to stop.
  const isWhole = Object.values(results).every((ones) => ones.every((result) => 'name' in result))
  if (isWhole) sets.set(task.setNumber, set)
  return results
}

const loadOne = async (source: InspectorSource, counts: CountRow, into: ConfiguredInspector[]): Promise<LoadResult> => {
  const module = await loadModule(source)
  if ('problems' in module) return module
  const { inspector, options, name, hasEnd } = module
  const { directions, firstBytes, onFailure } = source.config
  into.push({ inspector, options, directions, firstBytes, onFailure, counts })
  return { name, hasEnd }
}

const answer = ({ chains, memoryWatch }: OpenThread, notices: readonly Notice[]): Answer[] => {
  lastAnswers = chains.answerBatch(notices)
  memoryWatch.lookSoon()
  return lastAnswers
}

/** Once the answers are on their way, and not before. */
const listenSoon = (thread: OpenThread): void => {
  const answerLine = (): Answer[] => answer(thread, [])
  setImmediate(() => {
    if (thread.line.listen(answerLine, LISTEN_IDLE_MS, performance.now() + LISTEN_MOST_MS)) listenSoon(thread)
  })
}
