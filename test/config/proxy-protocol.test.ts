import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { stateOf } from '../../src/serving/of-config.ts'
import { good, problemsOf, withListener } from './problems-of.ts'

const withUpstream = (line: string): string => `${good}    ${line}\n`
const configOf = (text: string) => parseConfig(text, 'c.yaml')
const accepted = (line: string): unknown => configOf(withListener(line)).listeners[0]?.acceptProxyProtocol

describe('acceptProxyProtocol', () => {
  it.each([
    ['off', 'off'],
    ['v1', { version: 'v1' }],
    ['v2', { version: 'v2' }],
    ['any', { version: 'any' }],
    ['{ version: v2 }', { version: 'v2' }],
    ['{ trusted: [] }', { version: 'any', trusted: [] }],
    [
      '{ version: v1, trusted: [10.0.0.0/8, "2001:db8::/32"] }',
      { version: 'v1', trusted: ['10.0.0.0/8', '2001:db8::/32'] },
    ],
  ])('may be %s', (written, read) => {
    expect(accepted(`acceptProxyProtocol: ${written}`)).toEqual(read)
  })

  it.each([
    [
      'acceptProxyProtocol: v3',
      '5:26 listeners[0].acceptProxyProtocol: "v3" is not valid here; write off, v1, v2 or any, or a mapping of version and trusted',
    ],
    [
      'acceptProxyProtocol: true',
      '5:26 listeners[0].acceptProxyProtocol: true is not valid here; write off, v1, v2 or any, or a mapping of version and trusted',
    ],
    [
      'acceptProxyProtocol: { version: off }',
      '5:37 listeners[0].acceptProxyProtocol.version: "off" is not valid here; write v1, v2 or any',
    ],
    [
      'acceptProxyProtocol: { trustd: [10.0.0.0/8] }',
      '5:28 listeners[0].acceptProxyProtocol.trustd: unknown key "trustd"; did you mean "trusted"?',
    ],
    [
      'acceptProxyProtocol: { trust: [10.0.0.0/8] }',
      '5:28 listeners[0].acceptProxyProtocol.trust: unknown key "trust"; did you mean "trusted"?',
    ],
    [
      'acceptProxyProtocol: { trusted: 10.0.0.0/8 }',
      '5:37 listeners[0].acceptProxyProtocol.trusted: "10.0.0.0/8" is not valid here; write a list of networks, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32',
    ],
    [
      'acceptProxyProtocol: { trusted: [10.0.0.0/33] }',
      '5:38 listeners[0].acceptProxyProtocol.trusted[0]: "10.0.0.0/33" has no valid length after the slash; write a number from 0 to 32',
    ],
    [
      'timeouts: { preread: off }',
      '5:26 listeners[0].timeouts.preread: this cannot be off; write a duration such as 250ms, 5s, 10m or 1h',
    ],
  ])('%s is refused with the whole sentence', (line, problem) => {
    expect(problemsOf(withListener(line))).toEqual([`c.yaml:${problem}`])
  })

  it('is served as the version, and a table of the peers that are trusted', () => {
    const served = (line: string) => stateOf(configOf(withListener(line)), () => []).listeners.get('web')
    expect(served('maxConnections: 5')?.acceptProxyProtocol).toBeUndefined()
    expect(served('acceptProxyProtocol: any')?.acceptProxyProtocol).toEqual({ version: 'any', trusted: undefined })
    expect(served('acceptProxyProtocol: { trusted: [10.0.0.0/8] }')?.acceptProxyProtocol).toEqual({
      version: 'any',
      trusted: { ipv4: Uint32Array.of(10 * 2 ** 24, 11 * 2 ** 24 - 1), ipv6: new Uint32Array(0), unix: false },
    })
  })
})

describe('sendProxyProtocol', () => {
  it.each(['off', 'v1', 'v2'])('may be %s', (written) => {
    const config = configOf(withUpstream(`sendProxyProtocol: ${written}`))
    expect(config.upstreams[0]?.sendProxyProtocol).toBe(written)
    expect(stateOf(config, () => []).upstreams.get('app')?.sendProxyProtocol).toBe(written)
  })

  it('has no version that the server would have to guess', () => {
    expect(problemsOf(withUpstream('sendProxyProtocol: any'))).toEqual([
      'c.yaml:9:24 upstreams[0].sendProxyProtocol: "any" is not valid here; write off, v1 or v2',
    ])
  })
})
