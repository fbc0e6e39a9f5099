import { show } from '../problems/show.ts'
import { Unreadable } from '../problems/unreadable.ts'

const BYTE_OF: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' }
export const BYTES_EXAMPLES = 'text such as "PING\\r\\n"; \\r \\n \\t \\0 \\\\ \\xHH stand for bytes'

/**
 * The bytes that a text stands for: `\r \n \t \0 \\ \xHH` for one byte each, all else as UTF-8. In the result each
 * character is one byte (latin1): a config is frozen, and bytes cannot be.
 *
 * @throws {Unreadable} for another escape, and if there are no bytes
 */
export const parseBytes = (text: string): string => {
  if (text === '') throw new Unreadable('there are no bytes here; write at least one, or leave the key out')
  return text.replace(/\\(?:x([0-9A-Fa-f]{2})|(.?))|[^\\]+/gsu, (piece, hex: string | undefined, letter?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (letter === undefined) return Buffer.from(piece).toString('latin1')
    const byte = BYTE_OF[letter]
    if (byte !== undefined) return byte
    if (letter === 'x') throw new Unreadable(`${show(piece)} needs two hexadecimal digits, such as \\x00`)
    throw new Unreadable(`${show(piece)} is no escape; write \\r, \\n, \\t, \\0, \\xHH, or \\\\ for a backslash`)
  })
}

/** A text that `parseBytes` reads as these bytes. */
export const writeBytes = (bytes: string): string =>
  bytes.replace(/[^ -[\]-~]/g, (byte) => {
    const letter = Object.keys(BYTE_OF).find((key) => BYTE_OF[key] === byte)
    return letter === undefined ? `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}` : `\\${letter}`
  })
