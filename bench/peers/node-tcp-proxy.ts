import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Peer } from './peer.ts'

const require = createRequire(import.meta.url)

const packageFolder = (): string | undefined => {
  try {
    return dirname(require.resolve('node-tcp-proxy/package.json'))
  } catch {
    return undefined
  }
}

/**
 * The status quo of npm. It has one process, no access log and no back-pressure (it never waits for 'drain'), and its
 * documentation has no settings for speed: it does nothing but copy.
 */
export const nodeTcpProxy: Peer = {
  name: 'node-tcp-proxy',
  label: 'node-tcp-proxy',
  ours: false,
  async absent() {
    return packageFolder() === undefined ? 'the package node-tcp-proxy is not installed' : undefined
  },
  async version() {
    const text = readFileSync(join(packageFolder() ?? '', 'package.json'), 'utf8')
    return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? ''
  },
  async command({ listenPort, originPort }) {
    const program = join(packageFolder() ?? '', 'tcp-proxy-cli.js')
    const to = ['--serviceHost', '127.0.0.1', '--servicePort', String(originPort)]
    return {
      file: process.execPath,
      args: [program, '--proxyPort', String(listenPort), '--hostname', '0.0.0.0', ...to, '--q'],
    }
  },
}
