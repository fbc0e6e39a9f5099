/** HalfSipHash's constants (https://github.com/veorq/SipHash, halfsiphash.c). */
const [V2, V3] = [0x6c79_6765, 0x7465_6462]
/** The last block holds the length of the message in its highest byte. */
const TWELVE_BYTES = 12 << 24

let v0 = 0
let v1 = 0
let v2 = 0
let v3 = 0

/**
 * HalfSipHash-1-3 of twelve bytes, as three numbers of 32 bits. Nobody who does not know the key can choose clients that
 * have the same hash: Linux uses it for its hash tables (Documentation/security/siphash.rst).
 */
export const halfSipHash = (key0: number, key1: number, one: number, two: number, three: number): number => {
  v0 = key0
  v1 = key1
  v2 = key0 ^ V2
  v3 = key1 ^ V3
  for (const word of [one, two, three, TWELVE_BYTES]) {
    v3 ^= word
    round()
    v0 ^= word
  }
  v2 ^= 0xff
  round()
  round()
  round()
  return (v1 ^ v3) >>> 0
}

const round = (): void => {
  v0 = (v0 + v1) | 0
  v1 = rotated(v1, 5) ^ v0
  v0 = rotated(v0, 16)
  v2 = (v2 + v3) | 0
  v3 = rotated(v3, 8) ^ v2
  v0 = (v0 + v3) | 0
  v3 = rotated(v3, 7) ^ v0
  v2 = (v2 + v1) | 0
  v1 = rotated(v1, 13) ^ v2
  v2 = rotated(v2, 16)
}

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by))
