/**
 * Says which links lead nowhere: `node scripts/check-links.mjs [directory]`. It follows the relative links of Markdown
 * pages, with their anchors, and the paths of this project that pages and sources name in words (docs/operating.md). It
 * asks no other host.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, posix, relative, resolve } from 'node:path'

const root = resolve(process.argv[2] ?? '.')
const NOT_OURS = /^(node_modules|dist|\.git|\.mirror)$/
const PAGE = /\.md$/
const SOURCE = /\.(ts|cts|mjs|cjs|js|ya?ml)$/

const filesBelow = (directory) =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return NOT_OURS.test(entry.name) ? [] : filesBelow(path)
    return entry.isFile() ? [path] : []
  })

/** A page without its blocks of code, which hold no links; lines stay where they are. */
const withoutBlocks = (text) =>
  text.replace(/^( *)(```|~~~).*?^\1\2/gms, (block) => block.replace(/[^\n]/g, '')).replace(/<!--.*?-->/gs, '')

/** As GitHub makes them of headings; the second of a kind gets `-1`. */
const anchorsOf = (path) => {
  const seen = new Map()
  const headings = withoutBlocks(readFileSync(path, 'utf8')).matchAll(/^#{1,6} +(.+?) *$/gm)
  return new Set(
    Array.from(headings, ([, heading]) => {
      const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
      const anchor = words.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-')
      const count = seen.get(anchor) ?? 0
      seen.set(anchor, count + 1)
      return count === 0 ? anchor : `${anchor}-${count}`
    }),
  )
}

const problems = []
let followed = 0

const follow = (file, text, index, target) => {
  followed++
  const line = text.slice(0, index).split('\n').length
  const [path, anchor] = target.split('#')
  const to = path === '' ? file : resolve(dirname(file), decodeURIComponent(path))
  const say = (what) => problems.push(`${relative(root, file)}:${line} ${target}: ${what}`)
  if (relative(root, to).startsWith('..')) return say('leads out of the project')
  if (!existsSync(to)) return say('is not there')
  if (anchor === undefined || statSync(to).isDirectory() || !PAGE.test(to)) return undefined
  return anchorsOf(to).has(anchor) ? undefined : say('the page has no such heading')
}

const followLinks = (file, text) => {
  const prose = withoutBlocks(text).replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length))
  const links = /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^ *\[[^\]]+\]: +(\S+)/gm
  for (const { 1: inline, 2: reference, index } of prose.matchAll(links)) {
    const target = inline ?? reference
    if (!/^[a-z][a-z+.-]*:/i.test(target)) follow(file, prose, index, target)
  }
}

/** Folders of which a path in words can only be one of ours, where they are shipped. */
const folders = ['docs', 'src', 'test', 'bench', 'examples', 'scripts'].filter((name) => existsSync(join(root, name)))

/** `docs/operating.md`, not `https://host/docs/…`, `../docs/…` or `src/{a,b}.ts`; a folder is written with its slash. */
const NAMED = new RegExp(
  `(?<![\\w./@-])(?:${folders.join('|')})/(?:[\\w-]+/)*(?:[\\w.-]+\\.(?:[cm]?[jt]s|md|json|ya?ml|svg)\\b|(?=[\\s\`'",;:).]))`,
  'g',
)

const followNames = (file, text) => {
  for (const { 0: name, index } of text.matchAll(NAMED)) {
    followed++
    const line = text.slice(0, index).split('\n').length
    if (!existsSync(join(root, name))) problems.push(`${relative(root, file)}:${line} ${name}: is not there`)
  }
}

for (const file of filesBelow(root)) {
  const path = posix.normalize(relative(root, file))
  if (!PAGE.test(path) && !SOURCE.test(path)) continue
  const text = readFileSync(file, 'utf8')
  if (PAGE.test(path)) followLinks(file, text)
  followNames(file, text)
}

for (const problem of problems) console.error(problem)
console.log(`${followed} links followed, ${problems.length} lead nowhere`)
if (problems.length > 0) process.exitCode = 1
