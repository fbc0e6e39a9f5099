import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled, type Program, startProgram } from './programs.ts'
import { newDirectory } from './proxy.ts'

/** A part of nginx, from Debian's package. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so'

export const hasNginx = isInstalled('nginx') && existsSync(STREAM_MODULE)
export const hasHaproxy = isInstalled('haproxy')

/** HAProxy in TCP mode. `sections` are its frontends and backends; one listens on the port. */
export const startHaproxy = (sections: string, port: number): Promise<Program> => {
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
  return startProgram('haproxy', ['-db', '-f', file], port)
}

/** nginx with its stream module. `servers` is what stands in `stream {}`; one listens on the port. */
export const startNginx = (servers: string, port: number): Promise<Program> => {
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
  return startProgram('nginx', ['-p', directory, '-c', file, '-e', 'stderr'], port)
}
