export interface ServerEvent {
  readonly event: string
  readonly data: string
}

/**
 * Reads Server-Sent Events (HTML Living Standard, 9.2.6) from text that comes in pieces. The browser's own EventSource
 * cannot send a token. `id` and `retry` are ignored: the admin sends neither.
 */
export class EventParser {
  #rest = ''
  #event = ''
  #data: string[] = []

  /** Returns the events that this piece completes. */
  add(piece: string): ServerEvent[] {
    const text = this.#rest + piece
    // A CR at the end may be half of a CRLF.
    const complete = text.endsWith('\r') ? text.slice(0, -1) : text
    const lines = complete.split(/\r\n|\r|\n/)
    this.#rest = (lines.pop() ?? '') + text.slice(complete.length)
    return lines.flatMap((line) => this.#line(line) ?? [])
  }

  #line(line: string): ServerEvent | undefined {
    if (line === '') return this.#dispatch()
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (field === 'event') this.#event = value
    if (field === 'data') this.#data.push(value)
    return undefined
  }

  #dispatch(): ServerEvent | undefined {
    const complete = { event: this.#event || 'message', data: this.#data.join('\n') }
    const hasData = this.#data.length > 0
    this.#event = ''
    this.#data = []
    return hasData ? complete : undefined
  }
}
