import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newDirectory } from './proxy.ts'

/** An environment in which every process of Node runs this code before its own. */
export const inEach = (code: string): Record<string, string> => {
  const file = join(newDirectory(), 'preload.cjs')
  writeFileSync(file, code)
  return { NODE_OPTIONS: `--require=${file}` }
}

/** An environment in which no process can load koffi, which is a native module. */
export const withoutKoffi = (more = ''): Record<string, string> =>
  inEach(`process.dlopen = () => { throw new Error('nothing native here') }; ${more}`)

/** An environment in which every worker, and no other process, runs this code before its own. */
export const inWorkers = (code: string): Record<string, string> =>
  inEach(`if (require('node:cluster').isWorker) { ${code} }`)
