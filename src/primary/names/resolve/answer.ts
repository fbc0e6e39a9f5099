/** An answer about a name, and how long it is used before the question is asked again. */
export interface Answer<Found> {
  readonly found: Found
  readonly keepMs: number
}

/** For sources that report no TTL: /etc/hosts, getaddrinfo(3), and SRV records, whose TTL Node.js does not report. */
export const KEEP_WITHOUT_TTL_MS = 10_000

const SHORTEST_KEEP_MS = 1_000
/** After a TTL of days nobody should wait for days until a record that was corrected is noticed. */
const LONGEST_KEEP_MS = 3_600_000

export const keepMsOf = (ttlSeconds: number): number =>
  Math.min(LONGEST_KEEP_MS, Math.max(SHORTEST_KEEP_MS, ttlSeconds * 1_000))

/** Why a name has no answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  /** The code of the resolver's error: `ENOTFOUND`, `ETIMEOUT`. */
  readonly code: string

  constructor(code: string) {
    super(`${MEANING_OF[code] ?? 'the question failed'} (${code})`)
    this.code = code
  }
}

/** RFC 1035, 4.1.1, and what c-ares and getaddrinfo(3) report. */
const MEANING_OF: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name',
  ENODATA: 'the name has no such record',
  ESERVFAIL: 'the DNS server answered SERVFAIL',
  EREFUSED: 'the DNS server refused to answer',
  ETIMEOUT: 'no DNS server answered in time',
  ECONNREFUSED: 'no DNS server can be reached',
}

const DOES_NOT_EXIST = new Set(['ENOTFOUND', 'ENODATA'])

/** Whether a DNS server has answered that there is nothing. Any other failure says nothing about the name. */
export const isNone = ({ code }: NoAnswer): boolean => DOES_NOT_EXIST.has(code)

export const noAnswer = (error: unknown): NoAnswer =>
  error instanceof NoAnswer ? error : new NoAnswer((error as NodeJS.ErrnoException).code ?? String(error))
