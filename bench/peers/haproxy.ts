import { join } from 'node:path'
import type { Peer } from './peer.ts'
import { fillTemplate, says } from './tool.ts'

export const haproxy: Peer = {
  name: 'haproxy',
  label: 'HAProxy (splice)',
  ours: false,
  async absent() {
    return (await says('haproxy', '-v')) === undefined ? 'haproxy is not installed' : undefined
  },
  async version() {
    return /version (\S+)/.exec((await says('haproxy', '-v')) ?? '')?.[1] ?? ''
  },
  async command({ listenPort, originPort, workers, folder }) {
    const config = join(folder, 'haproxy.cfg')
    const words = { LISTEN_PORT: listenPort, ORIGIN_PORT: originPort, WORKERS: workers }
    await fillTemplate('haproxy.cfg', words, config)
    return { file: 'haproxy', args: ['-db', '-f', config] }
  },
}
