import { setTimeout as sleep } from 'node:timers/promises'
import type { Side, Step } from '../plan/plan.ts'
import type { Endpoint } from './endpoint.ts'

/** Does what a side's plan says, until it is done or the connection is over. */
export const follow = async (endpoint: Endpoint, { steps, reader }: Side): Promise<void> => {
  endpoint.read(reader)
  for (const step of steps) {
    if (endpoint.isOver) return
    await take(endpoint, step)
  }
}

const take = async (endpoint: Endpoint, step: Step): Promise<void> => {
  switch (step.does) {
    case 'send':
      return endpoint.send(step.bytes, step.piece)
    case 'urgent':
      return endpoint.sendUrgent()
    case 'pause':
      return sleep(step.ms)
    case 'await':
      return endpoint.untilReceived(step.bytes)
    case 'awaitEnd':
      return endpoint.arrivalOver
    case 'settle':
      return endpoint.settle()
    case 'fin':
      return endpoint.fin()
    case 'reset':
      return endpoint.reset()
  }
}
