/** The file that the primary runs in every worker process: it acts on the primary's messages. */
import process from 'node:process'
import { receiveFromPrimary, sendToPrimary, whenPrimaryIsGone } from '../ipc/worker-channel.ts'
import { WorkerLife } from './life.ts'

// Signals reach whole process groups (a terminal's ^C, process managers): only the primary acts on them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => {})

const life = new WorkerLife(sendToPrimary)

whenPrimaryIsGone(() => life.endOrphaned())
receiveFromPrimary((message, handle) => {
  switch (message.kind) {
    case 'start':
      return life.start(message)
    case 'socket':
      return handle && life.sockets.put(message.socket, handle, message.isPassed)
    case 'sharedSockets':
      return life.sockets.share(message.sockets, message.areShared)
    case 'patch':
      return void life.follower.take(message.patch)
    case 'reopenLog':
      return life.reopenLog()
    case 'leave':
      return void life.leave(message)
    case 'guard':
      return life.guard(message.isOn)
    case 'giveTo':
      return void life.giveTo(message.taker)
    case 'ask':
      return life.answer(message)
  }
})
sendToPrimary({ kind: 'started' })
