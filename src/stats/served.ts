import type { ServingState } from '../serving/state.ts'
import type { Counted } from './totals.ts'

/** Whether a state serves what is counted. */
export const isServed = (
  { listeners, upstreams }: ServingState,
  { scope, names: [name = '', inner = ''] }: Counted,
): boolean => {
  switch (scope) {
    case 'worker':
      return true
    case 'listener':
    case 'inspector':
      return listeners.has(name)
    case 'upstream':
      return upstreams.has(name)
    case 'server':
      return upstreams.get(name)?.servers.has(inner) ?? false
  }
}
