/** An address that this machine cannot have a connection to is the dial's failure: nothing has run out. */
import { describe, expect, test } from 'vitest'
import { ENGINES } from '../../support/engines.ts'
import { runInOwnNetwork, whyNoOwnNetwork } from '../../support/own-network.ts'

const CHILD = new URL('../children/dial-without-ipv6.mjs', import.meta.url)
const cannot = whyNoOwnNetwork()

describe.skipIf(cannot).each(ENGINES)(`a dial to [::1] where IPv6 is off, engine $name ${cannot}`, ({ name }) => {
  test('ends as dialFailed', () => {
    expect(runInOwnNetwork(CHILD, name)).toEqual({ outcome: 'dialFailed', error: 'EADDRNOTAVAIL' })
  })
})
