/**
 * Calls the C library, through koffi. The only file that knows koffi, and the only one that makes addresses: the kernel gets
 * ranges of a Block, and the ranges are checked here.
 */
import koffi from 'koffi'

// null: the running program, which has loaded its libc, whichever that is.
const program = koffi.load(null)

/** A function of the C library, by its name and C types; `uintptr_t` for an address. */
export const load = (name: string, result: string, ...args: string[]): ((...values: (number | string)[]) => number) =>
  program.func(name, result, args)

/**
 * The result of a call: 0 or more, or a negated error number. errno is read at once after a -1: anything else that runs
 * may change it.
 */
export const orErrno = (result: number): number => (result === -1 ? -koffi.errno() : result)

export const PAGE = 4096

/** Memory that does not move: a typed array of 64 bytes or less would live on V8's heap, and be moved by its collector. */
export class Block {
  readonly bytes: Buffer
  readonly size: number
  readonly #address: number

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(size, PAGE))
    this.size = this.bytes.length
    this.#address = Number(koffi.address(this.bytes))
  }

  /** @throws RangeError if the range is not inside the block */
  at(offset: number, length: number): number {
    if (offset >= 0 && length >= 0 && offset + length <= this.size) return this.#address + offset
    throw new RangeError(`${length} bytes at ${offset} are not inside a block of ${this.size}`)
  }
}

/** A view of mapped memory from `address` on; undefined if mmap(2) has failed (MAP_FAILED is all ones). */
export const viewOf = (address: number, size: number): ArrayBuffer | undefined =>
  address > Number.MAX_SAFE_INTEGER ? undefined : koffi.view(BigInt(address), size)

const NODE_MAJOR = Number.parseInt(process.versions.node, 10)

/** Keeps the poll handles: once a handle is collected, its polling stops silently. */
const polled = new Set<object>()

/**
 * Calls back while `fd` is readable, from libuv's loop. koffi.node.poll is not documented and its typings are wrong:
 * the callback gets (status, events).
 *
 * @returns how to let it keep the process alive, or not; and how to end it, once, before the descriptor is closed
 */
export const watchReadable = (fd: number, onReadable: () => void): ReadableWatch => {
  const handle = koffi.node.poll(fd, { readable: true }, () => {
    onReadable()
    // In Node 26 promise continuations do not run after a callback of an addon, but only after one of Node's own.
    if (NODE_MAJOR >= 25) setImmediate(() => {})
  })
  polled.add(handle)
  const close = () => {
    polled.delete(handle)
    handle.close()
  }
  return { ref: () => handle.ref(), unref: () => handle.unref(), close }
}

export interface ReadableWatch {
  ref(): void
  unref(): void
  /** No other method may be called after it. It may be called within the callback. */
  close(): void
}
