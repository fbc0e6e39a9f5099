import { expect, test, vi } from 'vitest'
import { kernelQuestions } from '../../src/engine/streams/questions/kernel-questions.ts'
import { openStreamsEngine } from '../../src/engine/streams/streams-engine.ts'
import { relayContract } from './relay-contract.ts'

// koffi is here, and is taken away: what asks the kernel about one socket is as it is where koffi cannot be loaded.
vi.mock('../../src/engine/streams/questions/kernel-questions.ts', () => ({ kernelQuestions: undefined }))

test('the kernel cannot be asked', () => expect(kernelQuestions).toBeUndefined())

relayContract('streams without koffi', openStreamsEngine, {
  themes: ['half-close', 'resets', 'resets when full', 'resets at connect', 'listen'],
  skip: [
    {
      reason: 'it cannot be asked how much a side has sent: one that has sent anything is taken to be blocked',
      tests: [
        'gives everything to a side that has sent the client a little and pauses before it reads on',
        'gives everything to a side that has sent the upstream a little and pauses before it reads on',
      ],
    },
    {
      reason: 'getpeername(2) does not name a client that has reset',
      tests: ['names a client that has reset before it was accepted'],
    },
    {
      reason: 'node:net cannot be asked for the path of a unix socket',
      tests: [
        'names the path that a client has connected to',
        'names a client that has a path or an abstract name, each as long as it is',
      ],
    },
  ],
})
