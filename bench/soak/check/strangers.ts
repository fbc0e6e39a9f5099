import type { Road } from '../plan/road.ts'
import type { ConnectionFacts } from './facts.ts'

interface Counts {
  /** A server got a FIN and nothing else. */
  seen: number
  /** A client sent nothing else, and its connection was completed: its server must have seen it. */
  least: number
  /** A client sent FIN, and no server got its number. */
  most: number
}

/** Silent clients cannot be distinguished at the server: they are only counted, by road. */
export class Strangers {
  readonly #roads = new Map<string, Counts>()

  seen(road: Road): void {
    if (tellsResets(road)) this.#of(road).seen += 1
  }

  ended(road: Road, { client, server, line }: ConnectionFacts): void {
    if (server !== undefined || !tellsResets(road)) return
    const counts = this.#of(road)
    if (line?.outcome === 'completed') counts.least += 1
    if (client.finished) counts.most += 1
  }

  check(): string[] {
    return [...this.#roads].flatMap(([road, { seen, least, most }]) =>
      seen >= least && seen <= most
        ? []
        : [`${road}: servers saw ${seen} clients that said nothing and ended with FIN, not ${least} to ${most}`],
    )
  }

  #of({ name }: Road): Counts {
    const counts = this.#roads.get(name) ?? { seen: 0, least: 0, most: 0 }
    this.#roads.set(name, counts)
    return counts
  }
}

/** On a unix socket a reset is a close, which looks like a FIN. A server that resets looks at nobody. */
const tellsResets = ({ client, server, manner }: Road): boolean =>
  client !== 'unix' && server !== 'unix' && manner !== 'resets'
