/** Asks the DNS servers of resolv.conf(5). Nothing here waits for a thread, so names without an answer delay no other. */
import { Resolver } from 'node:dns/promises'
import type { SrvRecord } from '../srv-records.ts'
import { type Answer, isNone, KEEP_WITHOUT_TTL_MS, keepMsOf, NoAnswer, noAnswer } from './answer.ts'
import { searchedNames } from './system-files.ts'

const ATTEMPTS = { timeout: 1_000, tries: 2 }

/** The addresses of a name, and how long to keep them. */
export interface AddressAnswer extends Answer<readonly string[]> {
  /** The family for which the question failed; the other one has an answer. */
  readonly missing?: 4 | 6
}

/**
 * The IPv4 and IPv6 addresses of a name.
 *
 * @throws {NoAnswer} if there is none
 */
export const askAddresses = (host: string): Promise<AddressAnswer> =>
  below(host, async (resolver, name) => {
    const [four, six] = await Promise.allSettled([
      resolver.resolve4(name, { ttl: true }),
      resolver.resolve6(name, { ttl: true }),
    ])
    const found = [four, six].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    const failures = [four, six].map((answer) => (answer.status === 'fulfilled' ? undefined : noAnswer(answer.reason)))
    const failed = failures.findIndex((failure) => failure !== undefined && !isNone(failure))
    if (found.length === 0) throw failures[Math.max(failed, 0)] ?? new NoAnswer('ENODATA')
    return {
      found: found.map(({ address }) => address),
      keepMs: keepMsOf(Math.min(...found.map(({ ttl }) => ttl))),
      ...(failed >= 0 && { missing: failed === 0 ? 4 : 6 }),
    }
  })

/**
 * The SRV records of a name.
 *
 * @throws {NoAnswer} if there is none
 */
export const askServices = (name: string): Promise<Answer<readonly SrvRecord[]>> =>
  below(name, async (resolver, full) => ({ found: await resolver.resolveSrv(full), keepMs: KEEP_WITHOUT_TTL_MS }))

/** Asks for a name below each search domain, until there is an answer or no server that gives one. */
const below = async <Found>(
  host: string,
  ask: (resolver: Resolver, name: string) => Promise<Found>,
): Promise<Found> => {
  // A new one each time: the servers in resolv.conf may have changed.
  const resolver = new Resolver(ATTEMPTS)
  let failure = new NoAnswer('ENOTFOUND')
  for (const name of searchedNames(host)) {
    try {
      return await ask(resolver, name)
    } catch (error) {
      const last = noAnswer(error)
      // The most telling one stays: that a name exists, or that a server failed.
      if (failure.code === 'ENOTFOUND') failure = last
      if (last.code === 'ETIMEOUT' || last.code === 'ECONNREFUSED') throw last
    }
  }
  throw failure
}
