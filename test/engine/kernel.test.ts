import { openKernelEngine } from '../../src/engine/kernel/kernel-engine.ts'
import { relayContract } from './relay-contract.ts'

relayContract('kernel', openKernelEngine)
