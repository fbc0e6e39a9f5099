/** A text that cannot be parsed. The message is for users: what is wrong, and what to write. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}
