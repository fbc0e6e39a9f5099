import { connect, type Socket } from 'node:net'

/** How a visit went: the id of the process that answered, or what went wrong. */
export type Answer = number | 'ended' | 'refused' | 'hung'

/** Nobody who is still served waits so long. */
const HANGS_MS = 5_000

/** Connects, asks, and gets the answer. The socket stays open. */
export const ask = (port: number): Promise<{ answer: Answer; socket: Socket }> => {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const finish = (answer: Answer) => {
      clearTimeout(timer)
      resolve({ answer, socket })
    }
    const timer = setTimeout(() => finish('hung'), HANGS_MS)
    socket.once('connect', () => socket.write('who is there?'))
    socket.once('data', (bytes) => finish(Number(String(bytes))))
    socket.once('end', () => finish('ended'))
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED' ? 'refused' : 'ended'))
  })
}

/** One whole connection. */
export const visit = async (port: number): Promise<Answer> => {
  const { answer, socket } = await ask(port)
  if (typeof answer === 'string') socket.destroy()
  else await new Promise((resolve) => socket.once('close', resolve).end())
  return answer
}

/** Visits from so many sides at once, while `more` says so. */
export const visitWhile = async (port: number, atOnce: number, more: () => boolean): Promise<Map<string, number>> => {
  const counts = new Map<string, number>()
  const visitor = async () => {
    while (more()) {
      const answer = await visit(port)
      const kind = typeof answer === 'number' ? 'answered' : answer
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, visitor))
  return counts
}
