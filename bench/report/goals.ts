import { bestOf, champion, type Data, ratioOf } from './data.ts'
import { number } from './svg.ts'

/** The project's goals: our figure over that of the better of nginx and HAProxy. */
const goals = [
  { work: 'http', what: 'CPU of keep-alive HTTP requests', must: 1.15, aim: 1.0 },
  { work: 'connect', what: 'CPU of new connections', must: 1.25, aim: 1.0 },
  { work: 'bulk-down', what: 'CPU of bulk to the client', must: 0.65, aim: 0.45 },
  { work: 'bulk-up', what: 'CPU of bulk to the upstream', must: 0.65, aim: 0.45 },
  { work: 'idle', what: 'memory of an idle connection', must: 0.6, aim: 0.35 },
  { work: 'latency', what: 'p99 at the same rate', must: 1.2, aim: 1.0 },
] as const
const fairness = { work: 'fairness', what: 'p99 of a ping-pong beside bulk, over HAProxy', must: 3 }

export const goalsTable = (data: Data): string => {
  const ours = champion(data)
  if (!ours) return ''
  const rows: string[] = []
  const row = (work: string, what: string, must: number, aim: string, rivals: string[]) => {
    const facts = data.works.find((candidate) => candidate.name === work)
    const rival = facts && bestOf(data, work, facts.headline, rivals)
    const ratio = facts && rival && ratioOf(data, work, facts.headline, ours.name, rival)
    if (!ratio) return
    const reached = ratio.median <= must ? 'yes' : '**no**'
    const spread = `${number(ratio.median)} (${number(ratio.lowest)}–${number(ratio.highest)})`
    rows.push(`| ${what} | ${rival} | ≤ ${must} | ${aim} | ${spread} | ${reached} |`)
  }
  for (const { work, what, must, aim } of goals) row(work, what, must, `≤ ${aim}`, ['nginx', 'haproxy'])
  row(fairness.work, fairness.what, fairness.must, '', ['haproxy'])
  if (rows.length === 0) return ''
  return [
    '## Our goals',
    '',
    `${ours.label} over the better of nginx and HAProxy (named in the second column): the median of the ratios of the rounds, and the lowest and highest of them.`,
    '',
    '| | the better | goal | aim | measured | reached |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
