import type { Asker } from '../../ipc/ask.ts'
import type { ToPrimary, WorkerNews } from '../../ipc/messages.ts'
import type { StateOwner } from '../state-owner.ts'
import type { LastEnded } from './last-ended.ts'
import type { TotalsByWorker } from './totals-by-worker.ts'
import type { WorkerProcess } from './worker-process.ts'

/** The receivers of workers' messages. */
export interface WorkerMessageParts {
  readonly owner: StateOwner
  readonly totals: TotalsByWorker
  readonly lastEnded: LastEnded
  readonly asker: Asker
  onNews(news: WorkerNews, workerId: number): void
}

/** Passes on a worker's messages about the state, its totals, and questions. */
export const handOn = (message: ToPrimary, worker: WorkerProcess, parts: WorkerMessageParts): void => {
  const { owner, totals, lastEnded, asker } = parts
  switch (message.kind) {
    case 'started':
      return owner.follow(worker)
    case 'serves':
      return owner.served(worker, message.version)
    case 'cannotApply':
      return owner.notApplied(worker, message.version)
    case 'needsState':
      return owner.missed(worker)
    case 'report':
      lastEnded.take(message.ended)
      return totals.report(worker.id, message.changed, message.left)
    case 'drained':
      lastEnded.take(message.ended)
      return totals.report(worker.id, message.totals)
    case 'answer':
      return asker.take(worker.id, message)
    case 'logOpened':
    case 'warned':
    case 'dialsFailed':
      return parts.onNews(message, worker.id)
    case 'ready':
    case 'cannotServe':
      // The worker's own life is the supervisor's business.
      return
  }
}
