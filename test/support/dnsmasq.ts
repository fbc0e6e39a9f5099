import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const PROGRAM = 'dnsmasq'

const isInstalled = spawnSync(PROGRAM, ['--version']).status === 0

/** Of its answers this much goes into a packet; what is longer is cut short, and asked for again over TCP (RFC 7766). */
const PACKET_BYTES = 512

/** Lines of hosts(5), and SRV records as dnsmasq(8) has them: `_db._tcp.test,db.test,5432,PRIORITY,WEIGHT`. */
export interface DnsmasqRecords {
  readonly hosts?: string
  readonly services?: readonly string[]
}

/** A real DNS server on port 53 of a loopback address. It knows `.test`; answers have a TTL of 1 s. */
export class Dnsmasq {
  readonly #address: string
  readonly #hostsFile: string
  #process: ChildProcess | undefined

  constructor(address: string, directory: string) {
    this.#address = address
    this.#hostsFile = join(directory, 'hosts')
  }

  /** Whether it can serve here; leaves it as it was before its start. */
  canStart(): Promise<boolean> {
    if (!isInstalled) return Promise.resolve(false)
    return this.start({}).then(
      () => this.kill().then(() => true),
      () => false,
    )
  }

  /** Resolves when it answers. Fails where port 53 cannot be had. */
  async start({ hosts = '', services = [] }: DnsmasqRecords): Promise<void> {
    writeFileSync(this.#hostsFile, `${this.#address} ready.test\n${hosts}`)
    const user = spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim()
    const child = spawn(
      PROGRAM,
      [
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--no-resolv',
        '--no-hosts',
        '--bind-interfaces',
        `--listen-address=${this.#address}`,
        '--pid-file=',
        `--user=${user}`,
        '--local=/test/',
        '--local-ttl=1',
        `--edns-packet-max=${PACKET_BYTES}`,
        `--addn-hosts=${this.#hostsFile}`,
        ...services.map((service) => `--srv-host=${service}`),
      ],
      { stdio: 'ignore' },
    )
    this.#process = child
    const resolver = new Resolver({ timeout: 100, tries: 1 })
    resolver.setServers([this.#address])
    while (child.exitCode === null) {
      if ((await resolver.resolve4('ready.test').catch(() => [])).length > 0) return
      await pause(20)
    }
    throw new Error(`dnsmasq ended with ${child.exitCode}`)
  }

  /** It reads the hosts file anew when it gets SIGHUP. */
  changeHosts(hosts: string): void {
    writeFileSync(this.#hostsFile, `${this.#address} ready.test\n${hosts}`)
    this.#process?.kill('SIGHUP')
  }

  /** Nobody listens on its port then. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}
