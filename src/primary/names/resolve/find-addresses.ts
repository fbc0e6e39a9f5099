/**
 * Finds the addresses of a host, in the order that nsswitch.conf(5) usually has: /etc/hosts, then DNS, which is asked
 * directly because getaddrinfo(3) reports no TTL. What neither knows may be known to other sources of this system, which
 * only getaddrinfo asks. docs/decisions/0017 has the reasons.
 */
import { lookup } from 'node:dns/promises'
import { isIPv4 } from 'node:net'
import { canonicalHost, isLocalhost } from '../../../config/fields/host.ts'
import { KEEP_WITHOUT_TTL_MS, NoAnswer, noAnswer } from './answer.ts'
import { type AddressAnswer, askAddresses } from './ask-dns.ts'
import { listedAddresses } from './system-files.ts'

/** libuv runs getaddrinfo on few threads, which may all be held by other names. */
const GETADDRINFO_WITHIN_MS = 1_000

/**
 * @param last the addresses that it last had
 * @throws {NoAnswer} if it has none, or nothing can be learnt about it
 */
export const findAddresses = async (host: string, last: readonly string[] = []): Promise<AddressAnswer> => {
  const { found, keepMs, missing } = await find(host)
  // One family has no answer at the moment: that is no reason to give up its addresses.
  const kept = missing === undefined ? [] : last.filter((address) => isIPv4(address) === (missing === 4))
  // DNS servers rotate the addresses in their answers; the order of servers must not depend on that.
  return { found: [...new Set([...found, ...kept].map(canonicalHost))].sort(), keepMs }
}

const find = async (host: string): Promise<AddressAnswer> => {
  const listed = listedAddresses(host)
  if (listed.length > 0) return { found: listed, keepMs: KEEP_WITHOUT_TTL_MS }
  // RFC 6761, 6.3: DNS is not asked for it.
  if (isLocalhost(host)) return askSystem(host)
  try {
    return await askAddresses(host)
  } catch (error) {
    const failure = noAnswer(error)
    // Where DNS is silent getaddrinfo would be too: it would hold a thread for long, and the end of the process with it.
    if (failure.code === 'ETIMEOUT') throw failure
    return await askSystem(host).catch(() => Promise.reject(failure))
  }
}

/** The calls of getaddrinfo that have not returned. A call cannot be cancelled, so there is never a second for a host. */
const running = new Map<string, Promise<AddressAnswer>>()

const askSystem = (host: string): Promise<AddressAnswer> => {
  const asked = running.get(host) ?? callGetaddrinfo(host)
  running.set(host, asked)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new NoAnswer('ETIMEOUT')), GETADDRINFO_WITHIN_MS)
    asked.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

const callGetaddrinfo = async (host: string): Promise<AddressAnswer> => {
  try {
    const found = await lookup(host, { all: true })
    return { found: found.map(({ address }) => address), keepMs: KEEP_WITHOUT_TTL_MS }
  } catch (error) {
    throw noAnswer(error)
  } finally {
    running.delete(host)
  }
}
