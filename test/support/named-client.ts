import { Socket } from 'node:net'
import { Block, load, orErrno } from '../../src/system/ffi.ts'
import { AF, connect, socket } from '../../src/system/libc.ts'

const bind = load('bind', 'int', 'int', 'uintptr_t', 'uint')
const block = new Block(128)

/** unix(7): the family, then the path, or a NUL and the abstract name, without a NUL at its end. */
const writeName = (name: string): number => {
  const path = Buffer.from(name)
  block.bytes.writeUInt16LE(AF.unix, 0)
  path.copy(block.bytes, 2)
  return 2 + path.length
}

/** A client of a unix socket that has a name itself, a path or `\0` and an abstract name: node:net gives it none. */
export const connectNamed = (name: string, path: string): Socket => {
  const descriptor = socket(AF.unix)
  const bound = orErrno(bind(descriptor, block.at(0, writeName(name)), writeName(name)))
  const connected = connect(descriptor, block, writeName(path))
  if (bound < 0 || connected < 0) throw new Error(`errors ${bound} and ${connected}`)
  return new Socket({ fd: descriptor })
}
