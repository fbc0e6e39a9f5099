import type { Direction } from '../../engine/engine.ts'
import type { InspectorPlan } from './sets/inspector-set.ts'

/** The inspectors of one connection, and which of them still see a direction. */
export class ActiveInspectors {
  readonly plans: readonly InspectorPlan[]
  /** A bit for each inspector that still sees a direction. */
  inspecting: Readonly<Record<Direction, number>>

  constructor(plans: readonly InspectorPlan[]) {
    this.plans = plans
    const bits = (other: Direction): number =>
      plans.reduce((sum, { directions }, link) => (directions === other ? sum : sum | (1 << link)), 0)
    this.inspecting = { toUpstream: bits('toClient'), toClient: bits('toUpstream') }
  }

  see(direction: Direction): boolean {
    return this.inspecting[direction] !== 0
  }

  /** Whether one of them judges the end of a direction. */
  judgeEnd(direction: Direction): boolean {
    return this.plans.some(({ hasEnd }, link) => hasEnd && (this.inspecting[direction] & (1 << link)) !== 0)
  }

  /** Their places, of those that see either direction. */
  links(): number[] {
    const { toUpstream, toClient } = this.inspecting
    return [...this.plans.keys()].filter((link) => ((toUpstream | toClient) & (1 << link)) !== 0)
  }

  /** None is asked any more. */
  stop(): void {
    this.inspecting = { toUpstream: 0, toClient: 0 }
  }
}
