import { closeSync } from 'node:fs'

/**
 * The one owner of a descriptor that this process opened. It is closed once, and its number cannot be had after that: by
 * then the kernel may have given the number to another file, or to a client's socket.
 */
export class Descriptor {
  #number: number

  constructor(number: number) {
    this.#number = number
  }

  /** @throws Error once it is closed */
  get number(): number {
    if (this.#number < 0) throw new Error('the descriptor is closed')
    return this.#number
  }

  close(): void {
    if (this.#number < 0) return
    const number = this.#number
    this.#number = -1
    try {
      closeSync(number)
    } catch (error) {
      if (!isAboutEarlierWrites(error as NodeJS.ErrnoException)) throw error
    }
  }
}

/** Closes descriptors that nobody owns, as those that came with a message. */
export const closeDescriptors = (numbers: readonly number[]): void => {
  for (const number of numbers) new Descriptor(number).close()
}

/** close(2), "Dealing with error returns": Linux has released the descriptor all the same. EBADF would be a defect of ours. */
const isAboutEarlierWrites = ({ code }: NodeJS.ErrnoException): boolean => code !== 'EBADF'
