import { openStreamsEngine } from '../../src/engine/streams/streams-engine.ts'
import { holdOffNewClients } from '../../src/system/sockets/hold-off.ts'
import { keepUrgentInline } from '../../src/system/sockets/socket-setup.ts'
import { relayContract } from './relay-contract.ts'

relayContract('streams', () => openStreamsEngine({ keepUrgentInline, holdOffNewClients }))
