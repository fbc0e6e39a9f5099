import type { Written } from '../../../config/compare/as-written.ts'
import type { PlannedChange, ReloadPlan } from '../../../primary/reload/plan.ts'
import { fitted, type Row, type Terminal, table } from './table.ts'

/** Longer values are cut: `--json` has them whole. */
const LONGEST_VALUE = 32

/** The changes of a plan, each with what comes of it. */
export const planScreen = ({ changes, needsRestart }: ReloadPlan, terminal: Terminal): string => {
  if (changes.length + needsRestart.length === 0) return 'nothing changes\n'
  const rows = [...changes, ...needsRestart].map(rowOf)
  return `${table(['what', 'from', 'to', 'connections'], rows, ['from', 'to'], terminal)}\n`
}

const rowOf = ({ path, of, change, from, to, connections, effect }: PlannedChange): Row => ({
  cells: [
    { text: of === undefined ? path : `${path} (${of})` },
    { text: change === 'added' ? '–' : valueText(from) },
    { text: change === 'changed' || !isMapping(from ?? to) ? valueText(to) : change },
    { text: String(connections) },
  ],
  note: effect,
})

/** A whole listener, upstream or server has no room in a cell. */
const valueText = (value: Written | undefined): string => {
  if (value === undefined || isMapping(value)) return '–'
  return fitted(typeof value === 'string' ? value : JSON.stringify(value), LONGEST_VALUE)
}

const isMapping = (value: Written | undefined): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
