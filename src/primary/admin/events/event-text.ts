/** Server-Sent Events as text (HTML Living Standard, 9.2.5). */

/** Tells nothing, but that the stream is alive. */
export const COMMENT = ':\n\n'

/** @param data JSON of one line, as JSON.stringify writes it */
export const eventText = (event: 'stats' | 'log', data: string): string => `event: ${event}\ndata: ${data}\n\n`
