/** What docs/architecture.md and the pictures of a connection's life promise about the sources. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { OUTCOMES } from '../src/proxy/outcome.ts'

const page = readFileSync('docs/architecture.md', 'utf8')

/** The text between a heading and the next one. */
const section = (heading: string): string => page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''

test('the table of parts has a row for everything in src, in the order of ls', () => {
  const rows = [...section('The parts').matchAll(/^\| `([\w.]+)\/?` \|/gm)].map(([, name = '']) => name)
  expect(rows).toEqual(readdirSync('src').toSorted())
})

test('the reading order is of ten files that exist', () => {
  const files = [...section('Ten files to read first').matchAll(/^\d+\. \[[^\]]*\]\(\.\.\/([^)]*)\)/gm)]
  expect(files).toHaveLength(10)
  expect(files.filter(([, path = '']) => !existsSync(path))).toEqual([])
})

test('the way of a chunk leads through files that exist', () => {
  const picture = section('Inspection').split('```')[1] ?? ''
  const paths = [...picture.matchAll(/\b((?:engine|host|shared|thread)\/[\w-]+)/g)].map(([, path = '']) => path)
  const fileOf = (path: string): string => `src/${path.startsWith('engine/') ? '' : 'inspection/'}${path}.ts`
  expect(paths.length).toBeGreaterThan(7)
  expect(paths.map(fileOf).filter((file) => !existsSync(file))).toEqual([])
})

test('the lists are in files that exist', () => {
  const files = [...section('The lists').matchAll(/^\| [^|]* \| `(src\/[^`]*)` \|/gm)].map(([, path = '']) => path)
  expect(files.length).toBeGreaterThan(5)
  expect(files.filter((path) => !existsSync(path))).toEqual([])
})

test.each(['src/proxy/connection.ts', 'docs/connection-life.md'])('the picture in %s shows every outcome', (path) => {
  const text = readFileSync(path, 'utf8')
  const picture = posix.extname(path) === '.md' ? (text.split('```')[1] ?? '') : (text.split('*/')[0] ?? '')
  expect(Object.keys(OUTCOMES).filter((outcome) => !new RegExp(`\\b${outcome}\\b`).test(picture))).toEqual([])
})
