import { createHash } from 'node:crypto'

/** A part of the SHA-256: enough to tell versions apart, and to compare with `sha256sum`. */
const LENGTH = 12

/** Names the content of an inspector's module: the version in the log. */
export const contentHash = (content: Uint8Array): string =>
  createHash('sha256').update(content).digest('hex').slice(0, LENGTH)
