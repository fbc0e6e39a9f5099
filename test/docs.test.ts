import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { pages } from '../src/commands/pages.ts'
import { parseConfig } from '../src/config/load.ts'

const filesIn = (directory: string, ending: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .map((name) => `${directory}/${name}`)

const read = (path: string): string => readFileSync(path, 'utf8')

describe('a generated page', () => {
  it.each([...pages()])('is what `npm run docs` writes: %s', (path, text) => {
    expect(read(path)).toBe(text)
  })
})

describe('a config in the documentation loads', () => {
  it.each(filesIn('examples', '.yaml'))('%s', (path) => {
    expect(parseConfig(read(path), path).listeners).not.toHaveLength(0)
  })

  const documents = [...(existsSync('README.md') ? ['README.md'] : []), ...filesIn('docs', '.md')]
  const blocks = documents.flatMap((path) =>
    [...read(path).matchAll(/^```yaml\n(.*?)^```/gms)]
      .map(([, text = ''], index): [string, string] => [`${path}, block ${index + 1}`, text])
      .filter(([, text]) => /^listeners:/m.test(text)),
  )

  it.each(blocks)('%s', (name, text) => {
    expect(parseConfig(text, name).listeners).not.toHaveLength(0)
  })
})
