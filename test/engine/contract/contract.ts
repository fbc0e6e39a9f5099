import type { Engine } from '../../../src/engine/engine.ts'
import type { RelayHarness, Transport } from '../../support/relay-harness.ts'

/** What a theme's tests are declared with. */
export interface Contract {
  readonly engine: Engine
  readonly transport: Transport
  /** A test with a harness of its own, which is closed after it. */
  it(sentence: string, body: (harness: RelayHarness) => Promise<void>, withinMs?: number): void
}

/** Declares the tests of one part of the contract. */
export type Theme = (contract: Contract) => void
