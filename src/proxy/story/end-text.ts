import { OUTCOMES } from '../outcome.ts'
import type { EndRecord } from '../record.ts'
import type { ConnectionFacts } from './facts.ts'
import { bytesText, errorText, howEnded } from './words.ts'

/** The last event of a story: why it ended, who ended it, what the sides got, and what had been delivered. */
export const endText = (facts: ConnectionFacts, end: EndRecord): string => {
  const { dialledMs, resetBy, toClient, toUpstream } = facts
  const { endedBy, error, pending } = end
  const sentences = [reasonText(facts, end)]
  if (error) sentences.push(`The error: ${errorText(error)}.`)
  sentences.push(howEnded(end, dialledMs !== 0))
  if (resetBy !== undefined && endedBy === 'proxy')
    sentences.push(`The ${resetBy === 'client' ? 'client' : 'server'} had reset before; that was yet to be passed on.`)
  if (dialledMs !== 0)
    sentences.push(
      `Delivered: ${bytesText(toUpstream.bytes)} to the server, ${bytesText(toClient.bytes)} to the client.`,
    )
  const [byServer, byClient] = [pending?.toUpstream.bytes ?? 0, pending?.toClient.bytes ?? 0]
  if (byServer + byClient > 0)
    sentences.push(
      `Not acknowledged, of these and of bytes that were still held: ${bytesText(byServer)} by the server, ${bytesText(byClient)} by the client.`,
    )
  return sentences.join(' ')
}

const reasonText = ({ inspected }: ConnectionFacts, { outcome }: EndRecord): string => {
  const verdict = inspected?.verdict
  if (outcome === 'blocked' && verdict !== undefined) return `${outcome}: An inspector blocked it: ${verdict}.`
  // The reason follows in a sentence of its own.
  return `${outcome}: ${OUTCOMES[outcome].says.replace(/; `(?:error|verdict)` has the reason/, '')}`
}
