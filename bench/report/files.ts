import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { versionOf } from '../measure/machine.ts'
import type { Options } from '../options.ts'
import { projectRoot } from '../paths.ts'
import type { Data } from './data.ts'
import { renderPage } from './page.ts'

/** Where the raw data of the run that is going on are. */
let unfinished: string | undefined

/** Only a whole run may replace the page that the project publishes. */
export const outFolder = (options: Options): string => {
  if (options.out !== undefined) return options.out
  const chosen = options.only.length + options.peers.length > 0
  const whole = !options.quick && options.compare === undefined && !options.inspection && !chosen
  return whole ? join(projectRoot, 'docs') : mkdtempSync(join(tmpdir(), 'copyloop-bench-report-'))
}

export const writeReport = (data: Data, folder: string): void => {
  const { name, markdown, charts } = renderPage(data)
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, `${name}.json`), stringify(data))
  writeFileSync(join(folder, `${name}.md`), markdown)
  for (const [file, svg] of charts) writeFileSync(join(folder, name, file), svg)
  if (unfinished !== undefined) rmSync(dirname(unfinished), { recursive: true })
  process.stderr.write(`written: ${join(folder, `${name}.md`)}\n`)
}

/** One sample a line: a diff of two runs can be read. */
export const stringify = (data: Data): string => {
  const { samples, ...rest } = data
  const head = JSON.stringify(rest, undefined, 2).slice(0, -2)
  return `${head},\n  "samples": [\n${samples.map((sample) => `    ${JSON.stringify(sample)}`).join(',\n')}\n  ]\n}\n`
}

/** A run that is interrupted leaves what it has measured so far. */
export const saveUnfinished = (data: Data): void => {
  if (unfinished === undefined) {
    unfinished = join(mkdtempSync(join(tmpdir(), 'copyloop-bench-unfinished-')), 'benchmarks.json')
    process.stderr.write(`raw data while it runs: ${unfinished}\n`)
  }
  writeFileSync(unfinished, stringify(data))
}

export const toolVersions = (): Record<string, string> => {
  const manifest = readFileSync(createRequire(import.meta.url).resolve('autocannon/package.json'), 'utf8')
  return {
    autocannon: /"version":\s*"([^"]+)"/.exec(manifest)?.[1] ?? 'unknown',
    wrk: versionOf('wrk', '-v') || 'not installed',
  }
}
