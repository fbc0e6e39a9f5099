import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atEnd } from '../measure/children.ts'
import { peersFolder } from '../paths.ts'
import type { Peer } from './peer.ts'
import { says } from './tool.ts'

let program: Promise<string> | undefined

/** Built once, outside the project, and removed at the end. */
const built = (): Promise<string> => {
  program ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'copyloop-bench-go-'))
    atEnd(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'proxy')
    await says('go', 'build', '-o', file, join(peersFolder, 'go', 'main.go'))
    return file
  })()
  return program
}

export const go: Peer = {
  name: 'go',
  label: 'Go io.Copy',
  ours: false,
  async absent() {
    if ((await says('go', 'version')) === undefined) return 'go is not installed'
    return built().then(
      () => undefined,
      (error: unknown) => `go could not build it: ${String(error).split('\n')[0]}`,
    )
  },
  async version() {
    return /go\d\S*/.exec((await says('go', 'version')) ?? '')?.[0] ?? ''
  },
  async command({ listenPort, originPort, workers, folder }) {
    const args = [`0.0.0.0:${listenPort}`, `127.0.0.1:${originPort}`, join(folder, 'access.log')]
    return { file: await built(), args, env: { GOMAXPROCS: String(workers) } }
  },
}
