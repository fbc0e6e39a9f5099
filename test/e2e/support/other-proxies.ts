import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { untilListening } from '../../../bench/measure/ports.ts'
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
  await untilListening(port, () => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${output}`)
  })
  return { output: () => output }
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
