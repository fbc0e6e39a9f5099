import { fstatSync } from 'node:fs'

/** How often each socket is listened on in this process, by its inode: it may have several descriptors. */
const counts = new Map<bigint, number>()

/** A use of a listening socket. A listener that gets another name has the same socket twice for a moment. */
export class ListenedSocket {
  readonly #inode: bigint
  #ended = false

  constructor(descriptor: number) {
    this.#inode = fstatSync(descriptor, { bigint: true }).ino
    counts.set(this.#inode, this.#count + 1)
  }

  /** Whether this process listens on it in another place too: then its clients go on coming. */
  get goesOn(): boolean {
    return this.#count > 1
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#count > 1) counts.set(this.#inode, this.#count - 1)
    else counts.delete(this.#inode)
  }

  get #count(): number {
    return counts.get(this.#inode) ?? 0
  }
}
