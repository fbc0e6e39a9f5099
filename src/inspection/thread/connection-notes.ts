import type { NoteName } from '../api/define-inspector.ts'

const LONGEST_NOTE = 256

/** What the inspectors of a connection note about it, until the next answer takes it along. */
export class ConnectionNotes {
  #noted: Partial<Record<NoteName, string>> | undefined

  readonly note = (name: NoteName, text: string): void => {
    this.#noted ??= {}
    this.#noted[name] = String(text).slice(0, LONGEST_NOTE)
  }

  take(): Partial<Record<NoteName, string>> | undefined {
    const noted = this.#noted
    this.#noted = undefined
    return noted
  }
}
