import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pages } from '../src/commands/pages.ts'
import { parseConfig } from '../src/config/load.ts'
import { EXAMPLE_CONFIGS } from './support/example-configs.ts'

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

describe('the decisions', () => {
  const files = filesIn('docs/decisions', '.md').filter((path) => !path.endsWith('README.md'))
  const headings = files.map((path) => ({ file: basename(path), heading: read(path).split('\n')[0] ?? '' }))

  it('begin with the numbers of their files, and are listed with their titles', () => {
    const listed = [...read('docs/decisions/README.md').matchAll(/^(\d+)\. \[(.+)\]\((.+)\)$/gm)]
    expect(listed.map(([, number, title, file]) => ({ file, heading: `# ${number}. ${title}` }))).toEqual(headings)
    for (const { file, heading } of headings)
      expect(Number(/^# (\d+)\. /.exec(heading)?.[1])).toBe(Number(file.slice(0, 4)))
  })
})

describe('a config in the documentation loads', () => {
  it.each(EXAMPLE_CONFIGS)('%s', (path) => {
    expect(parseConfig(read(path), path).listeners).not.toHaveLength(0)
  })

  const documents = [...(existsSync('README.md') ? ['README.md'] : []), ...filesIn('docs', '.md')]
  const blocks = documents.flatMap((path) =>
    [...read(path).matchAll(/^```yaml\n(.*?)^```/gms)]
      .map(([, text = ''], index): [string, string] => [`${path}, block ${index + 1}`, text])
      .filter(([, text]) => /^listeners:/m.test(text)),
  )

  // The files that they name are those of the examples.
  it.each(blocks)('%s', (name, text) => {
    expect(parseConfig(text, `examples/${basename(name)}`).listeners).not.toHaveLength(0)
  })

  it('and has no unix socket beside an access list, none of which has its clients', () => {
    const configs = [...EXAMPLE_CONFIGS.map((path) => [path, read(path)] as const), ...blocks]
    const dead = configs.flatMap(([name, text]) =>
      parseConfig(text, `examples/${basename(name)}`).listeners.flatMap(({ listen, access, acceptProxyProtocol }) =>
        access?.unix === false && acceptProxyProtocol === 'off' && listen.some(({ kind }) => kind === 'unix')
          ? [name]
          : [],
      ),
    )
    expect(dead).toEqual([])
  })
})

describe("the README's table has the figures of the benchmarks' page", () => {
  /** The medians of a column of a work, by contestant. */
  const mediansOf = (page: string, work: string, unit: string): Record<string, string> => {
    const section = page.split(/^#{2,3} /m).find((text) => text.startsWith(`${work}\n`)) ?? ''
    const [head = [], , ...rows] = [...section.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) =>
      row.split('|').map((cell) => cell.trim()),
    )
    const column = head.findIndex((name) => name.endsWith(unit))
    return Object.fromEntries(rows.map((row) => [row[0], row[column]?.split(' ')[0] ?? '']))
  }

  const FIGURES = /^\| \[(.+)\]\(docs\/benchmarks\.md#.*\), (.+?) \| (.+) \| (.+) \| (.+) \|$/gm
  const rows = existsSync('README.md') ? [...read('README.md').matchAll(FIGURES)] : []

  it.runIf(existsSync('README.md'))('of each work that it names', () => expect(rows.length).toBeGreaterThan(8))

  it.each(rows.map(([, work = '', unit = '', ...cells]) => ({ work, unit, cells })))(
    '$work, $unit',
    ({ work, unit, cells }) => {
      const medians = mediansOf(read('docs/benchmarks.md'), work, unit)
      const ours = ['copyloop kernel', 'nginx stream', 'HAProxy (splice)'].map((name) => medians[name])
      expect(cells.map((cell) => cell.replaceAll('*', ''))).toEqual(ours)
      const least = Math.min(...ours.map((figure = '') => Number(figure.replace(',', ''))))
      expect(cells.findIndex((cell) => cell.startsWith('**'))).toBe(
        ours.findIndex((figure = '') => Number(figure.replace(',', '')) === least),
      )
    },
  )
})
