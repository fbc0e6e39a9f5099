import type { LogLine } from '../admin/feed.ts'
import { element } from '../view/element.ts'

const MOST_LINES = 50
/** pino's number for errors; what is less is a warning. */
const ERROR = 50

/** The last warnings and errors of the log, the newest first. */
export class LogLines {
  readonly #list = element('ol', { class: 'log', tabindex: '0', 'aria-label': 'The last warnings and errors' })
  readonly #empty = element('p', { class: 'empty' }, 'No warning or error was logged.')

  constructor(place: HTMLElement) {
    place.append(element('div', { class: 'table' }, this.#list, this.#empty))
    this.clear()
  }

  clear(): void {
    this.#list.replaceChildren()
    this.#showWhether()
  }

  add(lines: readonly LogLine[]): void {
    for (const line of lines) this.#list.prepend(item(line))
    while (this.#list.childElementCount > MOST_LINES) this.#list.lastElementChild?.remove()
    this.#showWhether()
  }

  #showWhether(): void {
    const isEmpty = this.#list.childElementCount === 0
    this.#list.hidden = isEmpty
    this.#empty.hidden = !isEmpty
  }
}

const item = ({ time, level, worker, msg, error, reason, err }: LogLine): HTMLElement => {
  const at = new Date(time)
  const kind = level >= ERROR ? 'error' : 'warning'
  const message = String(msg)
  const why = [error, reason, messageOf(err)].find((field) => typeof field === 'string' && !message.includes(field))
  return element(
    'li',
    { 'data-level': kind },
    element('time', { title: time }, Number.isNaN(at.getTime()) ? time : at.toLocaleTimeString('en-GB')),
    element('span', { class: 'level' }, typeof worker === 'number' ? `${kind}, worker ${worker}` : kind),
    element('span', { class: 'message' }, message, ...(why === undefined ? [] : [`: ${why}`])),
  )
}

/** pino writes an error as its type, message and stack. */
const messageOf = (err: unknown): unknown =>
  typeof err === 'object' && err !== null && 'message' in err ? err.message : undefined
