import { join } from 'node:path'
import type { Peer } from './peer.ts'
import { fillTemplate, says } from './tool.ts'

export const nginx: Peer = {
  name: 'nginx',
  label: 'nginx stream',
  ours: false,
  async absent() {
    const build = await says('nginx', '-V')
    if (build === undefined) return 'nginx is not installed'
    return /--with-stream\b/.test(build) ? undefined : 'this nginx was built without its stream module'
  },
  async version() {
    return /nginx\/\S+/.exec((await says('nginx', '-v')) ?? '')?.[0] ?? ''
  },
  async command({ listenPort, originPort, workers, folder }) {
    const build = (await says('nginx', '-V')) ?? ''
    const modules = /--modules-path=(\S+)/.exec(build)?.[1] ?? 'modules'
    // Debian has the module in a file of its own, other builds inside the program.
    const load = build.includes('--with-stream=dynamic') ? `load_module ${modules}/ngx_stream_module.so;` : ''
    const config = join(folder, 'nginx.conf')
    const words = {
      LOAD_MODULE: load,
      LISTEN_PORT: listenPort,
      ORIGIN_PORT: originPort,
      WORKERS: workers,
      FOLDER: folder,
    }
    await fillTemplate('nginx.conf', words, config)
    return { file: 'nginx', args: ['-p', folder, '-c', config, '-e', 'stderr'] }
  },
}
