import { hostMs, nowMs } from '../../clock.ts'
import type { ToPrimary, ToWorker } from '../../ipc/messages.ts'
import type { AnswerPart, QuestionName } from '../../ipc/questions.ts'
import { clientOf, type LivingConnection } from '../../proxy/record.ts'
import type { Worker } from '../worker.ts'
import type { Reporter } from './report.ts'

type Slices<Name extends QuestionName> = AsyncGenerator<readonly AnswerPart<Name>[]>

/** The parts of a worker that answers are made from. */
export interface Answerer {
  readonly worker: Worker
  readonly reporter: Reporter
}

/** The answer to each question, in slices between which the event loop gets a turn. */
const ANSWERS: {
  readonly [Name in QuestionName]: (answerer: Answerer, about: readonly string[]) => Slices<Name>
} = {
  async *report({ reporter }) {
    reporter.report()
    yield []
  },
  async *reached({ worker }, [upstream = '', server = '']) {
    const reachedMs = worker.server(upstream, server)?.reachedMs ?? 0
    if (reachedMs > 0) yield [hostMs(reachedMs)]
  },
  async *connections({ worker }) {
    for await (const connections of worker.living.slices()) {
      const now = nowMs()
      yield connections.map((connection) => summary(connection, worker, now))
    }
  },
}

/** Answers a question from the primary. */
export const answer = async (
  answerer: Answerer,
  { question, name, about }: Extract<ToWorker, { kind: 'ask' }>,
  send: (message: ToPrimary) => void,
): Promise<void> => {
  for await (const parts of ANSWERS[name](answerer, about)) send({ kind: 'answer', question, parts, last: false })
  send({ kind: 'answer', question, parts: [], last: true })
}

const summary = ({ record }: LivingConnection, worker: Worker, now: number): AnswerPart<'connections'> => {
  const { listener, phase, upstream, server, engine, acceptedMs, relay } = record
  return {
    connectionId: worker.idOf(record),
    listener,
    phase,
    client: clientOf(record),
    upstream,
    ...(server && { server: server.name }),
    engine,
    ageMs: now - acceptedMs,
    bytesToUpstream: relay?.toUpstream.bytes ?? 0,
    bytesToClient: relay?.toClient.bytes ?? 0,
  }
}
