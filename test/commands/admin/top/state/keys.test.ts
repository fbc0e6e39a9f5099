import { emitKeypressEvents } from 'node:readline'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { type Keypress, keyOf } from '../../../../../src/commands/admin/top/state/keys.ts'
import { until } from '../../../../support/until.ts'

/** The keys that a terminal means with these bytes, which come one at a time. */
const keysOf = async (bytes: string, count: number): Promise<(string | undefined)[]> => {
  const input = new PassThrough()
  const keys: (string | undefined)[] = []
  emitKeypressEvents(input)
  input.on('keypress', (written: string | undefined, keypress: Keypress) => keys.push(keyOf(written, keypress)))
  for (const byte of Buffer.from(bytes)) input.write(Buffer.of(byte))
  await until('all keys', () => keys.length === count)
  return keys
}

// The sequences are those of xterm, of the Linux console and of rxvt.
test.each([
  ['\u001b[A', 'up'],
  ['\u001bOA', 'up'],
  ['\u001b[B', 'down'],
  ['\u001b[5~', 'pageup'],
  ['\u001b[6~', 'pagedown'],
  ['\u001b[H', 'home'],
  ['\u001bOH', 'home'],
  ['\u001b[1~', 'home'],
  ['\u001b[7~', 'home'],
  ['\u001b[F', 'end'],
  ['\u001b[4~', 'end'],
  ['\r', 'return'],
  ['\u007f', 'backspace'],
  ['\b', 'backspace'],
  ['\u001b', 'escape'],
  ['\u0003', '^c'],
  ['\u0015', '^u'],
  ['\u001a', '^z'],
  ['a', 'a'],
  ['A', 'A'],
  ['/', '/'],
  ['?', '?'],
  [' ', ' '],
  ['é', 'é'],
])('%j is the key %s', async (bytes, key) => {
  expect(await keysOf(bytes, 1)).toEqual([key])
})

test('what writes nothing that can be shown is no key', async () => {
  expect(await keysOf('\u001bx', 1)).toEqual([undefined])
  expect(await keysOf('\u0000', 1)).not.toEqual(['\u0000'])
})
