/** The top of the screen: how the proxy is. */
import type { Stats } from '../../../../primary/admin/stats-answer.ts'
import type { Line } from '../../screen/table.ts'
import { age, count, size } from '../../screen/units.ts'
import type { Flow } from '../state/flow.ts'
import type { TopState } from '../state/state.ts'
import { serversLine } from './servers-line.ts'

const [BOLD, RED, YELLOW] = [1, 31, 33]
const SPACE = { text: '   ' }
/** Answers come once a second: without one for longer, what is shown is old. */
const SILENT_MS = 3_000

/** `HEAD_ROWS` lines. */
export const headLines = (state: TopState): Line[] => {
  const { flow, size, stats } = state
  if (stats === undefined) return [[], [], []]
  return [stateLine(stats, flow.perSecond), serversLine(stats.upstreams, size.columns), warningsLine(state)]
}

/** Whether the admin does not answer: then what is shown stays, and is old. */
export const isSilent = ({ answeredMs, failure, nowMs }: TopState): boolean =>
  failure !== undefined || nowMs - answeredMs > SILENT_MS

const stateLine = ({ version, uptimeSeconds, totals }: Stats, flow: Flow['perSecond']): Line => {
  // The last ones change their width.
  const rate = (bytes: number | undefined): string => (bytes === undefined ? '-' : `${size(bytes).text}/s`)
  const { connectionsActive } = totals
  return [
    { text: `copyloop ${version}`, colour: BOLD },
    SPACE,
    { text: `up ${age(uptimeSeconds)}` },
    SPACE,
    { text: `${count(connectionsActive).text} connection${connectionsActive === 1 ? '' : 's'}` },
    SPACE,
    { text: `${rate(flow?.toUpstream)} up` },
    SPACE,
    { text: `${rate(flow?.toClient)} down` },
  ]
}

const warningsLine = (state: TopState): Line => {
  const { answeredMs, failure, list, nowMs, stats } = state
  if (isSilent(state)) {
    const reason = failure === undefined ? '' : `: ${failure}`
    return [{ text: `no answer for ${age((nowMs - answeredMs) / 1_000)}${reason}`, colour: RED }]
  }
  const { draining = false, logLinesLost = 0 } = stats ?? {}
  const warnings = [
    ...(draining ? ['draining'] : []),
    ...(list?.partial ? ['a worker does not answer: its connections are missing'] : []),
    ...(logLinesLost > 0 ? [`${count(logLinesLost).text} log line${logLinesLost === 1 ? '' : 's'} lost`] : []),
  ]
  return [{ text: warnings.join(', '), colour: YELLOW }]
}
