import { expect, test } from 'vitest'
import { halfSipHash } from '../../../src/serving/clients/half-sip-hash.ts'

/** Linux, lib/tests/siphash_kunit.c: `test_vectors_hsiphash[12]` of 32-bit machines, of the bytes 0 to 11. */
test('twelve bytes have the hash that Linux has for them', () => {
  expect(halfSipHash(0x03020100, 0x07060504, 0x03020100, 0x07060504, 0x0b0a0908)).toBe(0x6b28096c)
})
