/** What is wrong with `discover`, and what is written instead. */
import { expect, test } from 'vitest'
import { good, problemsOf } from './problems-of.ts'

const withDiscover = (discover: string): string => good.replace('servers: [127.0.0.1:9000]', `discover: ${discover}`)

const OFF_OR_ONE = 'write off, or a mapping with one source, such as srv: _app._tcp.internal'
const ONE = 'this needs exactly one source; write srv: _app._tcp.internal, or dns: app.internal:9000'

test.each([
  ['on', `8:15 upstreams[0].discover: "on" is not valid here; ${OFF_OR_ONE}`],
  ['_app._tcp.x', `8:15 upstreams[0].discover: "_app._tcp.x" is not valid here; ${OFF_OR_ONE}`],
  ['{}', `8:15 upstreams[0].discover: ${ONE}`],
  ['{ srv: _a._tcp.x, dns: "a:1" }', `8:15 upstreams[0].discover: ${ONE}`],
  [
    '{ srv: "_a._tcp.x:80" }',
    '8:22 upstreams[0].discover.srv: "_a._tcp.x:80" has a port; SRV records have ports of their own: write only the name, such as _app._tcp.internal',
  ],
  ...['""', '"a b"', '".."', '192.0.2.1', '[a]', '5'].map((name): [string, string] => [
    `{ srv: ${name} }`,
    `8:22 upstreams[0].discover.srv: ${name === '[a]' ? 'a list' : name === '192.0.2.1' ? '"192.0.2.1"' : name} is not the name of SRV records; write a name such as _app._tcp.internal`,
  ]),
  ['{ dns: app }', '8:22 upstreams[0].discover.dns: "app" has no port; write for instance app:9000'],
  [
    '{ dns: "unix:/a" }',
    '8:22 upstreams[0].discover.dns: "unix:/a" is no name in DNS; write a name and a port, such as app.internal:9000',
  ],
  ['{ svr: _a._tcp.x }', '8:17 upstreams[0].discover.svr: unknown key "svr"; did you mean "srv"?'],
])('discover: %s', (discover, problem) => {
  expect(problemsOf(withDiscover(discover))).toEqual([`c.yaml:${problem}`])
})

test('an upstream without servers and without discover is not one', () => {
  for (const discover of ['discover: off', '']) {
    expect(problemsOf(good.replace('servers: [127.0.0.1:9000]', discover))).toEqual([
      expect.stringMatching(
        /upstreams\[0\]\.servers: "servers" is missing; write a list of servers, such as - 127\.0\.0\.1:9000, or "discover"$/,
      ),
    ])
  }
})
