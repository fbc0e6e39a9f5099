/** `npm run docs`: writes the generated pages into the working directory, the root of the repository, and prints their paths. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pages } from './pages.ts'

for (const [path, text] of pages()) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  console.log(path)
}
