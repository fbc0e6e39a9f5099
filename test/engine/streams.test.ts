import { keepUrgentInline } from '../../src/engine/kernel/socket-setup.ts'
import { openStreamsEngine } from '../../src/engine/streams/streams-engine.ts'
import { relayContract } from './relay-contract.ts'

relayContract('streams', () => openStreamsEngine(keepUrgentInline), {
  skip: [
    {
      reason: 'libuv watches no socket that is neither read nor written; the halfClose clock ends it',
      tests: [
        'notices a RST that the client sends after its own FIN, also when no byte is sent to it',
        'notices a RST that the upstream sends after its own FIN, also when no byte is sent to it',
      ],
    },
  ],
})
