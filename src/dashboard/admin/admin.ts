/** How the page talks to the admin that it came from. */

/** The admin wants a token, or another one. */
export class TokenNeeded extends Error {
  override readonly name = 'TokenNeeded'
}

export interface Answer {
  readonly status: number
  /** Of JSON; undefined if it was none. */
  readonly body: unknown
}

const ANSWER_WITHIN_MS = 10_000

export class Admin {
  /** Only here: it is gone with the page. */
  #token: string | undefined

  set token(token: string) {
    this.#token = token
  }

  /**
   * @throws {TokenNeeded}
   * @throws {TypeError} if the admin cannot be reached
   * @throws {DOMException} if it does not answer in time
   */
  async ask(method: 'GET' | 'PUT' | 'DELETE', path: string, body?: object): Promise<Answer> {
    const response = await this.#send(path, AbortSignal.timeout(ANSWER_WITHIN_MS), {
      method,
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json().catch(() => undefined) }
  }

  /** The body of an answer that does not end. */
  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#send(path, signal, {})
    if (response.ok && response.body !== null) return response.body
    throw new Error(errorIn({ status: response.status, body: await response.json().catch(() => undefined) }))
  }

  async #send(path: string, signal: AbortSignal, request: RequestInit): Promise<Response> {
    const token = this.#token
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(path, { ...request, headers, signal, cache: 'no-store', credentials: 'omit' })
    if (response.status === 401) throw new TokenNeeded(token === undefined ? '' : 'this is not the token')
    return response
  }
}

/** What an answer that is not 200 says. */
export const errorIn = ({ status, body }: Answer): string => {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  return typeof error === 'string' ? error : `the admin answered with status ${status}`
}
