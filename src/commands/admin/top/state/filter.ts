import { isNetwork } from '../../../../config/networks/network.ts'
import { show } from '../../../../config/problems/show.ts'
import type { ConnectionsQuery } from '../../../../ipc/questions.ts'
import type { Stats } from '../../../../primary/admin/stats-answer.ts'

/** Only connections to which all of it applies are shown. */
export type Filter = Pick<ConnectionsQuery, 'listener' | 'server' | 'client'>

/** The one syntax: words in any order, of which each says by itself what it is. */
export const FILTER_HINT = 'listener, server, client network: web 10.0.0.0/8'

type Names = Pick<Stats, 'listeners' | 'upstreams'>

/** @returns the filter, or what is wrong with the text */
export const readFilter = (text: string, names: Names | undefined): Filter | { readonly problem: string } => {
  const filter: { -readonly [Part in keyof Filter]: string } = {}
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const part = partOf(word, names)
    if (part === undefined) return { problem: `there is no listener, server or network ${show(word)}` }
    if (filter[part] !== undefined) return { problem: `there are two of the kind ${part}; write one` }
    filter[part] = word
  }
  return filter
}

/** The text that is read as this filter. */
export const filterText = ({ listener, server, client }: Filter): string =>
  [listener, server, client].filter((word) => word !== undefined).join(' ')

/** `listener web, client 10.0.0.0/8`; empty if there is none. */
export const describeFilter = (filter: Filter): string =>
  (['listener', 'server', 'client'] as const)
    .flatMap((part) => (filter[part] === undefined ? [] : [`${part} ${filter[part]}`]))
    .join(', ')

const partOf = (word: string, names: Names | undefined): keyof Filter | undefined => {
  if (Object.hasOwn(names?.listeners ?? {}, word)) return 'listener'
  if (Object.values(names?.upstreams ?? {}).some(({ servers }) => Object.hasOwn(servers, word))) return 'server'
  return isNetwork(word) ? 'client' : undefined
}
