import { openStreamsEngine } from '../../src/engine/streams/streams-engine.ts'
import { keepUrgentInline } from '../../src/system/socket-setup.ts'
import { relayContract } from './relay-contract.ts'

relayContract('streams', () => openStreamsEngine(keepUrgentInline))
