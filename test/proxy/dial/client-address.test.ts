import { expect, test } from 'vitest'
import { addressOf } from '../../../src/proxy/dial/client-address.ts'

test.each([
  ['192.0.2.1:4711', '192.0.2.1'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['[fe80::1%eth0]:4711', 'fe80::1%eth0'],
  ['unix:', 'unix:'],
  ['unix:/run/10.0.0.1:80', 'unix:/run/10.0.0.1:80'],
  ['unknown', 'unknown'],
])('the address of the client %s is %s', (remote, address) => {
  expect(addressOf(remote)).toBe(address)
})
