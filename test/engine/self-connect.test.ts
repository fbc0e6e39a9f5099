/** A dead server's port may be given to the dial itself: where connections have one port only, that is so each time. */
import { describe, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { runInOwnNetwork, whyNoOwnNetwork } from '../support/own-network.ts'

const CHILD = new URL('./children/self-connect.mjs', import.meta.url)
const cannot = whyNoOwnNetwork()

describe.skipIf(cannot).each(ENGINES)(`a dial that connects to itself, engine $name ${cannot}`, ({ name }) => {
  test('is refused, leaves the port to the server, and does not hide a server that is there', () => {
    const found = runInOwnNetwork(CHILD, name)
    expect(found).toEqual({ errors: ['ECONNREFUSED'], left: 0, reached: '127.0.0.1:40000' })
  })
})
