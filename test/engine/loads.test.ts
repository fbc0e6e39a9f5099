/** Where the shared loads stand: anywhere that takes a file. */
import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { LoadsFile } from '../../src/engine/loads.ts'
import { newDirectory } from '../e2e/support/proxy.ts'
import { countDescriptorsOf } from '../support/limits.ts'

const files: LoadsFile[] = []

afterEach(() => {
  for (const file of files.splice(0)) file.close()
})

const open = (directories: readonly string[]): LoadsFile => {
  const file = LoadsFile.open(3, directories)
  files.push(file)
  return file
}

test('all places are vacant at first, in a file that has no name', () => {
  const directory = newDirectory()
  const { descriptor } = open([directory])
  expect(readdirSync(directory)).toEqual([])
  expect([...new Int32Array(new Uint8Array(readFileSync(descriptor)).buffer)]).toEqual([-1, -1, -1])
})

// Nobody, root included, can make a file in /proc.
test.each(['/proc', '/nowhere/at/all'])('where %s takes no file the next directory does', (useless) => {
  expect(open([useless, newDirectory()]).descriptor).toBeGreaterThan(2)
})

test('where none does, it says why and leaves no descriptor', () => {
  const before = countDescriptorsOf(process.pid)
  expect(() => open(['/nowhere/at/all', '/proc'])).toThrow(/ENOENT|EACCES|EPERM/)
  expect(countDescriptorsOf(process.pid)).toBe(before)
})
