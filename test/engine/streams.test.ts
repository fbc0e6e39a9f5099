import { keepUrgentInline } from '../../src/engine/kernel/socket-setup.ts'
import { openStreamsEngine } from '../../src/engine/streams/streams-engine.ts'
import { relayContract } from './relay-contract.ts'

relayContract('streams', () => openStreamsEngine(keepUrgentInline))
