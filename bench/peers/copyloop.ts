import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../paths.ts'
import type { Peer } from './peer.ts'
import { fillTemplate, says } from './tool.ts'

export interface CopyloopBuild {
  engine: 'kernel' | 'streams'
  /** A checkout that was built; this one unless told. */
  root?: string
  /** Stands behind the name when two revisions are compared. */
  revision?: string
  /** The module of bench/inspection that sees every chunk. */
  inspector?: string
  /** For node itself, before the program; workers inherit them. */
  nodeArgs?: string[]
}

export const copyloop = (build: CopyloopBuild): Peer => {
  const { engine, root = projectRoot, revision, inspector, nodeArgs = [] } = build
  const program = join(root, 'dist', 'cli.js')
  const suffix = (inspector === undefined ? '' : `-${inspector}`) + (revision === undefined ? '' : `@${revision}`)
  return {
    name: `copyloop-${engine}${suffix}`,
    label: `copyloop ${engine}${suffix}`,
    ours: true,
    withNodeArgs: (args) => copyloop({ ...build, nodeArgs: args }),
    async absent() {
      return existsSync(program) ? undefined : 'copyloop is not built (npm run build)'
    },
    async version() {
      const number = /"version":\s*"([^"]+)"/.exec(readFileSync(join(root, 'package.json'), 'utf8'))?.[1] ?? ''
      return `${number} (${await commit(root)}), Node ${process.version}`
    },
    async command({ listenPort, originPort, workers, folder }) {
      const config = join(folder, 'copyloop.yaml')
      const words = {
        ENGINE: engine,
        WORKERS: workers,
        LISTEN_PORT: listenPort,
        ORIGIN_PORT: originPort,
        FOLDER: folder,
        // Not even the key without one: an older revision does not know it.
        INSPECT: inspector === undefined ? '' : `, inspect: [{ use: ${inspectorFile(inspector)} }]`,
      }
      await fillTemplate('copyloop.yaml', words, config)
      return { file: process.execPath, args: [...nodeArgs, program, 'run', '-c', config] }
    },
    async objection(folder) {
      // Each connection of the trial leaves a line. The engine that was asked for and the one that worked could differ:
      // a row under the wrong name would be worse than none.
      const line = readFileSync(join(folder, 'access.log'), 'utf8')
        .split('\n')
        .find((text) => text.includes('"engine"'))
      if (line === undefined) return 'its access log does not name the engine'
      return line.includes(`"engine":"${engine}"`) ? undefined : `it was told to use ${engine} and used another engine`
    },
  }
}

const inspectorFile = (name: string): string => join(projectRoot, 'bench', 'inspection', `${name}.mjs`)

/** The commit that is measured, and whether the files were changed since. */
const commit = async (root: string): Promise<string> => {
  try {
    const hash = await says('git', '-C', root, 'rev-parse', '--short', 'HEAD')
    const changes = await says('git', '-C', root, 'status', '--porcelain', '--', 'src', 'package-lock.json')
    return `${hash ?? 'no git'}${changes ? ', changed since' : ''}`
  } catch {
    return 'no commit'
  }
}
