import { openKernelEngine } from '../../src/engine/kernel/kernel-engine.ts'
import { openStreamsEngine } from '../../src/engine/streams/streams-engine.ts'

/** For `describe.each`: what is promised of the proxy holds with every engine. */
export const ENGINES = [
  { name: 'streams', open: openStreamsEngine },
  { name: 'kernel', open: openKernelEngine },
] as const
