/** How hosts(5) and resolv.conf(5) are read, and names found that they have. */
import { expect, test } from 'vitest'
import { hostsIn, listedAddresses, namesToTry } from '../../../../src/primary/names/resolve/system-files.ts'

const HOSTS = `
127.0.0.1\tlocalhost loopback # the usual
::1   localhost
# 192.0.2.1 app.internal
192.0.2.2 App.Internal app
192.0.2.3 app.internal
nonsense app
`

test.each([
  { host: 'localhost', addresses: ['127.0.0.1', '::1'] },
  { host: 'app.internal', addresses: ['192.0.2.2', '192.0.2.3'] },
  { host: 'app', addresses: ['192.0.2.2'] },
  { host: 'the', addresses: [] },
  { host: 'other', addresses: [] },
])('a hosts file has $addresses for $host', ({ host, addresses }) => {
  expect(hostsIn(HOSTS).get(host) ?? []).toEqual(addresses)
})

test.each([
  { file: '', host: 'app', names: ['app'] },
  { file: 'search one.test two.test', host: 'app', names: ['app.one.test', 'app.two.test', 'app'] },
  { file: 'search one.test', host: 'app.shop', names: ['app.shop', 'app.shop.one.test'] },
  { file: 'search one.test\noptions edns0 ndots:5', host: 'app.shop', names: ['app.shop.one.test', 'app.shop'] },
  { file: 'search one.test\nsearch two.test # not three.test', host: 'app', names: ['app.two.test', 'app'] },
  { file: 'domain one.test', host: 'app', names: ['app.one.test', 'app'] },
  { file: 'search one.test', host: 'app.', names: ['app.'] },
])('with $file the name $host is tried as $names', ({ file, host, names }) => {
  expect(namesToTry(host, file)).toEqual(names)
})

test('a name of /etc/hosts is found there', () => {
  for (const name of ['localhost', 'LocalHost.']) expect(listedAddresses(name)).toContain('127.0.0.1')
})
