import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { until } from '../../support/until.ts'
import { open } from './echo.ts'
import { newDirectory } from './proxy.ts'

/** A part of nginx, from Debian's package. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so'

const isThere = (program: string): boolean => {
  try {
    execFileSync(program, ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export const hasNginx = isThere('nginx') && existsSync(STREAM_MODULE)
export const hasHaproxy = isThere('haproxy')

const living = new Set<ChildProcess>()

/** For `afterEach`. */
export const endOthers = async (): Promise<void> => {
  for (const child of living) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  living.clear()
}

/** Free a moment ago: these programs cannot choose one by themselves. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Another proxy that runs. */
export interface OtherProxy {
  /** What it has written so far. */
  output(): string
}

const start = async (program: string, args: readonly string[], port: number): Promise<OtherProxy> => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  living.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  await until(
    () => `${program} listens on ${port}: ${output}`,
    () => output.includes('ready') || child.exitCode !== null || listens(port),
  )
  if (child.exitCode !== null) throw new Error(`${program} ended: ${output}`)
  return { output: () => output }
}

const probes = new Map<number, 'asked' | 'yes'>()

/** Whether a connect to the port succeeds; asked again each time until it does. */
const listens = (port: number): boolean => {
  if (probes.get(port) === 'yes') return probes.delete(port)
  if (probes.get(port) === undefined) {
    probes.set(port, 'asked')
    const socket = open(`127.0.0.1:${port}`)
    socket.once('connect', () => {
      probes.set(port, 'yes')
      socket.destroy()
    })
    socket.once('error', () => probes.delete(port))
  }
  return false
}

/** HAProxy in TCP mode. `sections` are its frontends and backends; one listens on the port. */
export const startHaproxy = (sections: string, port: number): Promise<OtherProxy> => {
  const file = join(newDirectory(), 'haproxy.cfg')
  const always = `global
  log stdout format raw daemon
defaults
  mode tcp
  log global
  timeout client 10s
  timeout server 10s
  timeout connect 5s
`
  writeFileSync(file, always + sections)
  return start('haproxy', ['-db', '-f', file], port)
}

/** nginx with its stream module. `servers` is what stands in `stream {}`; one listens on the port. */
export const startNginx = (servers: string, port: number): Promise<OtherProxy> => {
  const directory = newDirectory()
  const file = join(directory, 'nginx.conf')
  const always = `load_module ${STREAM_MODULE};
daemon off;
master_process off;
pid ${join(directory, 'pid')};
error_log stderr notice;
events {}
`
  writeFileSync(file, `${always}stream {\n${servers}\n}\n`)
  return start('nginx', ['-p', directory, '-c', file, '-e', 'stderr'], port)
}
