/** A text that is not what it should be. The message is a sentence for a person: what is wrong, and what to write. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}
