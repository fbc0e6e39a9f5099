import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { RelayHarness, type Transport } from '../support/relay-harness.ts'
import { ancillary } from './contract/ancillary.ts'
import { backpressure } from './contract/backpressure.ts'
import { bulk } from './contract/bulk.ts'
import type { Contract, Theme } from './contract/contract.ts'
import { dialling } from './contract/dialling.ts'
import { halfClose } from './contract/half-close.ts'
import { leaks } from './contract/leaks.ts'
import { listening } from './contract/listening.ts'
import { progress } from './contract/progress.ts'
import { properties } from './contract/properties.ts'
import { resetAtConnect } from './contract/reset-at-connect.ts'
import { resets } from './contract/resets.ts'
import { resetsAndData } from './contract/resets-and-data.ts'
import { resetsWhenFull } from './contract/resets-when-full.ts'
import { smallWrites } from './contract/small-writes.ts'
import { stopping } from './contract/stopping.ts'
import { urgentBytes } from './contract/urgent-bytes.ts'

/** What each kind of socket is tried with. Memory is measured first, before other tests have made the process large. */
const THEMES: Record<Transport, readonly [string, Theme][]> = {
  ipv4: [
    ['backpressure', backpressure],
    ['bytes', bulk],
    ['small writes', smallWrites],
    ['urgent bytes', urgentBytes],
    ['half-close', halfClose],
    ['resets', resets],
    ['resets and data', resetsAndData],
    ['resets when full', resetsWhenFull],
    ['stop', stopping],
    ['dial', dialling],
    ['resets at connect', resetAtConnect],
    ['listen', listening],
    ['progress', progress],
    ['leaks', leaks],
    ['properties', properties],
  ],
  ipv6: [
    ['half-close', halfClose],
    ['urgent bytes', urgentBytes],
    ['resets', resets],
    ['listen', listening],
  ],
  unix: [
    ['backpressure', backpressure],
    ['half-close', halfClose],
    ['urgent bytes', urgentBytes],
    ['ancillary data', ancillary],
    ['stop', stopping],
    ['listen', listening],
    ['progress', progress],
  ],
}

/** Tests that an engine cannot pass, by their names, and why. Shown as skipped, with the reason. */
export interface Exemption {
  readonly reason: string
  readonly tests: readonly string[]
}

/** Holds an engine to what src/engine/engine.ts and docs/connection-life.md promise. Every engine passes the same tests. */
export const relayContract = (
  name: string,
  open: () => Engine,
  options: { skip?: readonly Exemption[]; themes?: readonly string[] } = {},
): void => {
  const unmet = new Set(options.skip?.flatMap((exemption) => exemption.tests))
  describe(`the relay contract, engine ${name}`, () => {
    const engine = open()
    for (const transport of ['ipv4', 'ipv6', 'unix'] as const) {
      describe.skipIf(transport === 'ipv6' && !hasIpv6())(describeTransport(transport), () => {
        for (const [theme, declare] of THEMES[transport]) {
          if (options.themes?.includes(theme) === false) continue
          describe(theme, () => declare(contractFor(engine, transport, options.skip ?? [], unmet)))
        }
      })
    }
    if (options.skip) test('skips only tests that there are', () => expect([...unmet]).toEqual([]))
  })
}

const contractFor = (
  engine: Engine,
  transport: Transport,
  exemptions: readonly Exemption[],
  unmet: Set<string>,
): Contract => ({
  engine,
  transport,
  it: (sentence, body, withinMs = 20_000) => {
    const exemption = exemptions.find(({ tests }) => tests.includes(sentence))
    unmet.delete(sentence)
    test.skipIf(exemption)(
      exemption ? `${sentence} (${exemption.reason})` : sentence,
      { timeout: withinMs },
      async () => {
        const harness = await RelayHarness.open(engine, transport)
        try {
          await body(harness)
        } finally {
          await harness.close()
        }
      },
    )
  },
})

const hasIpv6 = (): boolean =>
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))

const describeTransport = (transport: Transport): string => {
  if (transport !== 'ipv6') return transport
  return hasIpv6() ? 'ipv6' : 'ipv6 (skipped: this machine has no ::1)'
}
