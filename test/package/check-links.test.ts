import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newDirectory } from '../e2e/support/proxy.ts'

/** What the script says about a project of these files, by line. */
const check = (files: Readonly<Record<string, string>>): { status: number | null; problems: string[]; sum: string } => {
  const directory = newDirectory()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/check-links.mjs', directory], {
    encoding: 'utf8',
  })
  return { status, problems: stderr.split('\n').filter(Boolean), sum: stdout.trim() }
}

// Put together here, for the script reads this file as well.
const inDocs = (name: string): string => ['docs', name].join('/')

const page = `# The *page* of \`things\`, and more

## Twice
## Twice
`

test('links that lead somewhere are followed, and what only looks like one is not', () => {
  const readme = `[a](pages/page.md) [b](pages/page.md#the-page-of-things-and-more) [c](#here) [d](pages/page.md#twice-1)
[e](https://example.org/nowhere#x) [f](mailto:a@example.org) \`[g](nowhere.md)\` ![h](pages/a%20b.svg) [i][ref]

[ref]: pages/page.md
# Here
\`\`\`md
[j](nowhere.md)
# no heading
\`\`\`
`
  const source = `// ${inDocs('there.md')}, and https://example.org/${inDocs('nothing.md')}`
  const { status, problems, sum } = check({
    'README.md': readme,
    'pages/page.md': page,
    'pages/a b.svg': '',
    [inDocs('there.md')]: '',
    'a.ts': source,
  })
  expect({ status, problems, sum }).toEqual({ status: 0, problems: [], sum: '7 links followed, 0 lead nowhere' })
})

test('a link that leads nowhere is named with its file and line: the page, the heading, or out of the project', () => {
  const readme = `[a](pages/gone.md)
[b](pages/page.md#thrice)
[c](../elsewhere.md)
[d](pages/page.md#no-heading)
`
  const { status, problems } = check({ 'README.md': readme, 'pages/page.md': `${page}\`\`\`\n# No heading\n\`\`\`\n` })
  expect(status).toBe(1)
  expect(problems).toEqual([
    expect.stringMatching(/^README\.md:1 pages.gone\.md: is not there$/),
    expect.stringMatching(/^README\.md:2 pages.page\.md#thrice: the page has no such heading$/),
    expect.stringMatching(/^README\.md:3 \.\.\/elsewhere\.md: leads out of the project$/),
    expect.stringMatching(/^README\.md:4 pages.page\.md#no-heading: the page has no such heading$/),
  ])
})

test('a comment that names a page that has gone is named too', () => {
  const { status, problems } = check({ [inDocs('there.md')]: '', 'a.ts': `\n/** See ${inDocs('relay.md')}. */\n` })
  expect({ status, problems }).toEqual({ status: 1, problems: [`a.ts:2 ${inDocs('relay.md')}: is not there`] })
})
