import type { Plan, Reader, Side, Step } from './plan.ts'

/** The plan as text, for debugging. */
export const showPlan = ({ number, road, client, server }: Plan): string =>
  [
    `connection ${number} on the road ${road.name}`,
    `  client: ${showSide(client)}`,
    `  server: ${road.manner === 'resets' ? 'answers and resets at once' : showSide(server)}`,
  ].join('\n')

const showSide = ({ steps, reader }: Side): string => `${showReader(reader)}; ${steps.map(showStep).join(', ')}`

const showReader = (reader: Reader): string => {
  if (reader.reads === 'slowly') return `reads ${reader.bytes} bytes each ${reader.ms} ms`
  return reader.reads === 'late' ? `reads nothing for ${reader.ms} ms` : 'reads at once'
}

const showStep = (step: Step): string => {
  switch (step.does) {
    case 'send':
      return `send ${step.bytes} in pieces of ${step.piece}`
    case 'pause':
      return `pause ${step.ms} ms`
    case 'await':
      return `await ${step.bytes} bytes`
    default:
      return step.does
  }
}
