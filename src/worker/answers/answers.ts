/** The worker's answers to the primary's questions. */
import { hostMs } from '../../clock.ts'
import type { ToPrimary } from '../../ipc/messages.ts'
import type { AnswerPart, Ask, QuestionName, QuestionSubjects } from '../../ipc/questions.ts'
import type { End } from '../../proxy/outcome.ts'
import { endRemoved } from '../removed.ts'
import type { Reporter } from '../reporting/report.ts'
import type { Worker } from '../worker.ts'

type Slices<Name extends QuestionName> = AsyncGenerator<readonly AnswerPart<Name>[]>

/** The parts of a worker that answers are made from. */
export interface Answerer {
  readonly worker: Worker
  readonly reporter: Reporter
}

/** The answer to each question, in slices between which the event loop gets a turn. */
const ANSWERS: {
  readonly [Name in QuestionName]: (answerer: Answerer, about: QuestionSubjects[Name]) => Slices<Name>
} = {
  async *report({ reporter }) {
    reporter.report()
    yield []
  },
  async *reached({ worker }, { upstream, server }) {
    const reachedMs = worker.server(upstream, server)?.reachedMs ?? 0
    if (reachedMs > 0) yield [hostMs(reachedMs)]
  },
  connections: ({ worker }, query) => worker.connections.list(query),
  async *connection({ worker }, { connectionId }) {
    const detail = await worker.connections.detail(connectionId)
    if (detail !== undefined) yield [detail]
  },
  async *kill({ worker }, { connectionId, how }) {
    const connection = worker.connections.find(connectionId)
    connection?.cut(how === 'fin' ? { ...KILLED, withFin: true } : KILLED)
    if (connection !== undefined) yield ['killed']
  },
  async *takerAddress({ worker, reporter }) {
    const address = worker.handOver.address(() => reporter.report())
    if (address !== undefined) yield [address]
  },
  async *endRemoved({ worker }, removed) {
    yield [await endRemoved(worker.living, removed)]
  },
}

const KILLED: End = { outcome: 'killed', endedBy: 'proxy' }

/** Answers a question from the primary. */
export const answer = async (
  answerer: Answerer,
  { question, name, about }: Ask,
  send: (message: ToPrimary) => void,
): Promise<void> => {
  const slices = ANSWERS[name] as (answerer: Answerer, about: Ask['about']) => AsyncGenerator<readonly unknown[]>
  for await (const parts of slices(answerer, about)) send({ kind: 'answer', question, parts, last: false })
  send({ kind: 'answer', question, parts: [], last: true })
}
