import type { Totals } from '../../stats/totals.ts'
import type { Supervisor } from './supervisor.ts'
import type { TotalsByWorker } from './totals-by-worker.ts'

/** If a worker takes longer, its last report is used. */
const ANSWER_WITHIN_MS = 250

/** The sum of all totals: workers report twice a second, and now once more. A silent one is not waited for. */
export const currentSum = async (supervisor: Pick<Supervisor, 'ask'>, totals: TotalsByWorker): Promise<Totals> => {
  await supervisor.ask('report', ANSWER_WITHIN_MS, undefined)
  return totals.sum()
}
