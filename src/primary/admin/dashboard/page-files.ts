import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Files with other endings are not served. */
const TYPE_OF: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The charts of the dashboard, from their own package. */
const UPLOT = ['uPlot.iife.min.js', 'uPlot.min.css']

/** The page that `/` answers with. */
export const PAGE = 'index.html'

export interface PageFile {
  readonly body: Buffer<ArrayBuffer>
  readonly type: string
  readonly etag: string
}

/** The files of the dashboard, by their path below `/assets/`. */
export type PageFiles = ReadonlyMap<string, PageFile>

/**
 * Reads all of them, once: a request only looks its path up and opens no file. So no path leads out of here, the page is
 * that of the running program when another version was installed meanwhile, and it also works without a free descriptor.
 */
export const readPageFiles = (): PageFiles => {
  // Two directories up and into dashboard, from src/primary/admin/dashboard as from dist/primary/admin/dashboard.
  const own = fileURLToPath(new URL('../../../dashboard', import.meta.url))
  const uplot = join(createRequire(import.meta.url).resolve('uplot/package.json'), '../dist')
  const paths = [
    ...readdirSync(own, { recursive: true, encoding: 'utf8' }).map((name) => ({ name, path: join(own, name) })),
    ...UPLOT.map((name) => ({ name: `uplot/${name}`, path: join(uplot, name) })),
  ]
  return new Map(
    paths.flatMap(({ name, path }) => {
      const type = TYPE_OF[extname(name)]
      return type === undefined ? [] : [[name, pageFile(readFileSync(path), type)]]
    }),
  )
}

const pageFile = (body: Buffer<ArrayBuffer>, type: string): PageFile => ({
  body,
  type,
  etag: `"${createHash('sha256').update(body).digest('base64url')}"`,
})
