import { openKernelEngine } from '../../src/engine/kernel/kernel-engine.ts'
import { movingEngine } from '../support/moving-engine.ts'
import { relayContract } from './relay-contract.ts'

const seed = Date.now() % 1_000_000
relayContract(`kernel, with relays that move (seed ${seed})`, () => movingEngine(openKernelEngine(), seed), {
  themes: [
    'backpressure',
    'bytes',
    'small writes',
    'urgent bytes',
    'half-close',
    'resets',
    'resets and data',
    'resets when full',
    'stop',
    'progress',
    'properties',
  ],
})
