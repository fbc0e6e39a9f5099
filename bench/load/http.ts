/**
 * The HTTP that the benchmark speaks: a request carries eight digits, and only the answer with these digits is right.
 */

const idLength = 8
const idOffsetInRequest = 'GET /'.length

const body = `${'0'.repeat(idLength)} ${'copyloop benchmark answer '.repeat(4)}\n`
const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: keep-alive\r\n\r\n`
const answerTemplate = Buffer.from(head + body, 'latin1')

export const answerLength = answerTemplate.length
export const answerBody = body

export const request = (): Buffer => {
  return Buffer.from(`GET /${'0'.repeat(idLength)} HTTP/1.1\r\nHost: bench\r\n\r\n`, 'latin1')
}

/** Writes `id` into a buffer made by `request()`. */
export const setRequestId = (buffer: Buffer, id: number): void => {
  buffer.write(String(id).padStart(idLength, '0'), idOffsetInRequest, 'latin1')
}

/** A new answer with the id of zeros. */
export const answer = (): Buffer => {
  return Buffer.from(answerTemplate)
}

/** Writes `id` into a buffer made by `answer()`. */
export const setAnswerId = (buffer: Buffer, id: number): void => {
  buffer.write(String(id).padStart(idLength, '0'), head.length, 'latin1')
}

/** The answer to the request that starts at `start` of `bytes`. */
export const answerTo = (bytes: Buffer, start: number): Buffer => {
  const reply = answer()
  bytes.copy(reply, head.length, start + idOffsetInRequest, start + idOffsetInRequest + idLength)
  return reply
}
