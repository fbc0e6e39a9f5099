import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'

/** What a reader must know to repeat the measurement. */
export interface Machine {
  date: string
  node: string
  kernel: string
  distribution: string
  cpu: string
  cores: number
  memoryGib: number
  loadBefore: string
  openFiles: string
  sysctls: Record<string, string>
}

const sysctlNames = [
  'net.core.somaxconn',
  'net.core.rmem_max',
  'net.core.wmem_max',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
  'net.ipv4.tcp_congestion_control',
  'net.ipv4.tcp_tw_reuse',
  'net.ipv4.tcp_max_syn_backlog',
  'fs.pipe-max-size',
  'fs.pipe-user-pages-soft',
] as const

export const describeMachine = (): Machine => {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    kernel: `${release()} ${process.arch}`,
    distribution: /PRETTY_NAME="(.*)"/.exec(readOr('/etc/os-release', ''))?.[1] ?? 'unknown',
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    loadBefore: readOr('/proc/loadavg', 'unknown').split(' ').slice(0, 3).join(' '),
    openFiles:
      /Max open files\s+(\S+\s+\S+)/.exec(readOr('/proc/self/limits', ''))?.[1]?.replace(/\s+/, ' / ') ?? 'unknown',
    sysctls: Object.fromEntries(sysctlNames.map((name) => [name, sysctl(name)])),
  }
}

const sysctl = (name: string): string => {
  // Not all parts of a name with dots are folders: "pipe-max-size" has none.
  return readOr(`/proc/sys/${name.replaceAll('.', '/')}`, 'not there')
    .trim()
    .replace(/\s+/g, ' ')
}

const readOr = (path: string, otherwise: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}

/** The version of a generator, as it says it. */
export const versionOf = (file: string, ...args: string[]): string => {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0] ?? ''
  } catch (error) {
    // wrk -v prints its version and exits with 1.
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    return output.split('\n')[0] ?? ''
  }
}
