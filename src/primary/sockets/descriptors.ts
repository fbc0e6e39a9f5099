import { connectionsWithin, filesFor, openFilesLimit } from '../../system/open-files.ts'

/**
 * A warning if a worker may open fewer descriptors than its share of `maxConnections` needs. Undefined if they suffice, or
 * if the limit is not known.
 */
export const descriptorWarning = (
  maxConnections: number,
  workers: number,
  limit: number = openFilesLimit(),
): string | undefined => {
  const needed = filesFor(Math.ceil(maxConnections / workers))
  if (limit >= needed) return undefined
  return (
    `each worker may open ${limit} files but needs ${needed} for its share of maxConnections: ` +
    `raise the limit (ulimit -n, LimitNOFILE=) or set maxConnections to ${connectionsWithin(limit) * workers} in all`
  )
}
