/** Where the shared memory stands: anywhere that takes a file; and that a mapping and the file are the same numbers. */
import { readdirSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { SharedFile, sharedMapper } from '../../src/system/shared-file.ts'
import { newDirectory } from '../e2e/support/proxy.ts'
import { countDescriptorsOf } from '../support/limits.ts'

const files: SharedFile[] = []

afterEach(() => {
  for (const file of files.splice(0)) file.close()
})

const NUMBERS = Int32Array.of(-1, -1, 0, 7)

const open = (directories?: readonly string[]): SharedFile => {
  const file = SharedFile.open(NUMBERS, 2 * NUMBERS.length, directories)
  files.push(file)
  return file
}

test('the numbers are in a file that has no name', () => {
  const directory = newDirectory()
  const file = open([directory])
  expect(readdirSync(directory)).toEqual([])
  expect([...file.read(0, 8)]).toEqual([...NUMBERS, 0, 0, 0, 0])
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

// The primary writes a file that workers have mapped: in /dev/shm, and where there is none on a disk.
test.runIf(process.platform === 'linux').each([['/dev/shm'], [newDirectory()]])(
  'what is written to the file in %s stands in the memory of all who map it, and the other way round',
  async (directory) => {
    const file = open([directory])
    const map = await sharedMapper(file.descriptor)
    const [one, other] = [map(0, 4), map(0, 4)]
    file.write(2, 12)
    expect([...one]).toEqual([-1, -1, 12, 7])
    Atomics.add(one, 3, 1)
    expect(Atomics.load(other, 3)).toBe(8)
    expect([...file.read(2, 2)]).toEqual([12, 8])
  },
)

test('what cannot be mapped says so', async () => {
  const map = await sharedMapper(-1)
  expect(() => map(0, 4)).toThrow('mmap was refused')
})
