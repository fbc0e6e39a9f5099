/** Why a connection cannot move. */
const REASONS = {
  inspected: 'inspected',
  notRelayed: 'not connected to a server yet',
  unknown: 'of a listener or a server that the other worker does not have',
} as const
type Reason = keyof typeof REASONS

/** Connections that stay where they are until they end, counted by reason. */
export class Stays {
  readonly counts: Partial<Record<Reason, number>> = {}

  add(reason: Reason): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1
  }

  /** For the end of a sentence. */
  get text(): string {
    const all = Object.entries(this.counts) as [Reason, number][]
    const total = all.reduce((sum, [, count]) => sum + count, 0)
    if (total === 0) return ''
    return `; ${total} stay until they end: ${all.map(([reason, count]) => `${count} ${REASONS[reason]}`).join(', ')}`
  }
}
