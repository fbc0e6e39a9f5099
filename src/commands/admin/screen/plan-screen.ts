import type { PlannedChange, ReloadPlan } from '../../../primary/reload/plan.ts'
import { fitted, type Row, type Terminal, table } from './table.ts'

/** Longer values are cut: `--json` has them whole. */
const LONGEST_VALUE = 32

/** The changes of a plan, each with what comes of it. */
export const planScreen = ({ changes, needsRestart }: ReloadPlan, terminal: Terminal): string => {
  if (changes.length + needsRestart.length === 0) return 'nothing changes\n'
  const rows = [...changes, ...needsRestart].map(rowOf)
  return table(['what', 'from', 'to', 'connections'], rows, ['from', 'to'], terminal)
}

const rowOf = ({ path, of, change, from, to, connections, effect }: PlannedChange): Row => ({
  cells: [
    { text: of === undefined ? path : `${path} (${of})` },
    { text: valueText(from, change === 'added') },
    { text: valueText(to, change === 'removed') },
    { text: String(connections) },
  ],
  note: effect,
})

const valueText = (value: unknown, isAbsent: boolean): string => {
  if (isAbsent || value === undefined) return '–'
  return fitted(typeof value === 'string' ? value : JSON.stringify(value), LONGEST_VALUE)
}
