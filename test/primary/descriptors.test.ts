import { expect, test } from 'vitest'
import { openFilesLimit } from '../../src/open-files.ts'
import { descriptorWarning } from '../../src/primary/sockets/descriptors.ts'

/** As proc(5) prints it. */
const limitOf = (openFiles: string) =>
  openFilesLimit(`Limit                     Soft Limit           Hard Limit           Units     
Max processes             7823                 7823                 processes 
Max open files            ${openFiles}                 ${openFiles}                 files     
`)

test('two descriptors for each of a worker’s connections and a reserve are enough', () => {
  expect(descriptorWarning(10_000, 2, limitOf('10064'))).toBeUndefined()
  expect(descriptorWarning(10_000, 2, limitOf('unlimited'))).toBeUndefined()
})

test('one less, and it says what to raise and what to lower', () => {
  expect(descriptorWarning(10_000, 2, limitOf('10063'))).toBe(
    'each worker may open 10063 files but needs 10064 for its share of maxConnections: ' +
      'raise the limit (ulimit -n, LimitNOFILE=) or set maxConnections to 9998 in all',
  )
})

test('where the limit is not known there is no warning', () => {
  expect(descriptorWarning(1_000_000, 1, openFilesLimit(''))).toBeUndefined()
})
