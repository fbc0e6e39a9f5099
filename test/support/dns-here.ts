/** A DNS server for a file of tests, and what they need beside it. After each test what it started is ended. */
import { afterAll, afterEach } from 'vitest'
import { closeAll } from '../e2e/support/echo.ts'
import { endAll, newDirectory } from '../e2e/support/proxy.ts'
import { openDnsServer } from './dns-server.ts'
import { Dnsmasq } from './dnsmasq.ts'
import { canUnshare } from './mounts.ts'
import type { ResolverFiles } from './own-resolver.ts'

interface DnsHere<Dns> {
  /** Without it no test may run. */
  readonly dns: Dns
  readonly canRun: boolean
  /** For the end of a test's title: why it is skipped, or nothing. */
  readonly title: string
  /** Names are asked of this server alone. */
  readonly resolver: ResolverFiles
}

/** One of our own, on port 53 of a loopback address. */
export const ownDns = async (
  address: string,
): Promise<DnsHere<NonNullable<Awaited<ReturnType<typeof openDnsServer>>>>> => {
  const opened = await openDnsServer(address)
  afterEach(endStarted)
  afterAll(() => opened?.close())
  const canRun = opened !== undefined && canUnshare
  const title = canRun ? '' : ' (skipped: port 53 or a mount namespace cannot be had here)'
  return { dns: opened as NonNullable<typeof opened>, canRun, title, resolver: resolverAt(address) }
}

/** A real one, which each test starts and may kill. */
export const realDns = async (address: string): Promise<DnsHere<Dnsmasq>> => {
  const dns = new Dnsmasq(address, newDirectory())
  afterEach(async () => {
    await endStarted()
    await dns.kill()
  })
  afterAll(() => dns.kill())
  const canRun = canUnshare && (await dns.canStart())
  const title = canRun ? '' : ' (skipped: dnsmasq, port 53 or a mount namespace cannot be had here)'
  return { dns, canRun, title, resolver: resolverAt(address) }
}

const endStarted = async (): Promise<void> => {
  await endAll()
  await closeAll()
}

const resolverAt = (address: string): ResolverFiles => ({ resolver: `nameserver ${address}\n` })
