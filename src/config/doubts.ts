/** What is right in a config, and yet can hardly be meant. Pure. */
import type { Config, UpstreamConfig } from './schema.ts'

/** Each in a sentence that begins with its path. */
export const doubtsAbout = ({ upstreams, workerMemoryBytes }: DoubtedConfig): string[] => [
  ...(workerMemoryBytes < IDLE_WORKER_BYTES ? [`workerMemory: ${TOO_SMALL}`] : []),
  ...upstreams.flatMap((upstream, index) =>
    RULES.flatMap(({ key, says }) => {
      const doubt = says(upstream)
      return doubt === undefined ? [] : [`upstreams[${index}].${key}: ${doubt}`]
    }),
  ),
]

type DoubtedConfig = Pick<Config, 'upstreams' | 'workerMemoryBytes'>

/** Measured without inspectors: 61 MiB before the first client; after 5,000 that have left, 73 (kernel) or 92 (streams). */
const IDLE_WORKER_BYTES = 100 * 2 ** 20

const TOO_SMALL =
  'a worker without connections may have more, and would be replaced once a minute; write at least 100MiB'

interface Rule {
  readonly key: keyof UpstreamConfig
  says(upstream: UpstreamConfig): string | undefined
}

const RULES: readonly Rule[] = [
  {
    key: 'queue',
    says: ({ queue, servers }) =>
      queue.length > 0 && servers.every(({ maxConnections }) => maxConnections === Number.POSITIVE_INFINITY)
        ? 'no client ever waits, because no server has maxConnections'
        : undefined,
  },
  {
    key: 'servers',
    says: ({ servers, discover }) =>
      servers.length > 0 && discover === 'off' && servers.every(({ weight }) => weight === 0)
        ? 'every server has weight 0: clients end as noServer'
        : undefined,
  },
]
