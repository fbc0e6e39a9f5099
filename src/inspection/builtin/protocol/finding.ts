export const PROTOCOLS = ['tls', 'http1', 'http2', 'ssh', 'postgresql', 'mysql', 'redis', 'mqtt', 'smtp'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/**
 * What the first bytes of a side come to. `more`: it could still be this protocol, and the answer will not change before
 * there are `atLeast` bytes. `no`: it is not, and will not be.
 */
export type Finding =
  | { readonly is: 'yes'; readonly protocol: Protocol; readonly serverName?: string }
  | { readonly is: 'more'; readonly atLeast: number }
  | { readonly is: 'no' }

/** Looks at the first bytes of a side; never at more than there are, and never believes a length before its bytes are there. */
export type Recognizer = (bytes: Buffer) => Finding

export const NO: Finding = { is: 'no' }
export const yes = (protocol: Protocol): Finding => ({ is: 'yes', protocol })
export const more = (atLeast: number): Finding => ({ is: 'more', atLeast })

/** A protocol whose first bytes are always these. */
export const beginsWith =
  (protocol: Protocol, magic: string): Recognizer =>
  (bytes) => {
    const expected = Buffer.from(magic, 'latin1')
    const there = Math.min(bytes.length, expected.length)
    if (bytes.compare(expected, 0, there, 0, there) !== 0) return NO
    return there === expected.length ? yes(protocol) : more(there + 1)
  }
