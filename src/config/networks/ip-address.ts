const [ZERO, NINE, COLON, DOT] = [48, 57, 58, 46]

/**
 * An IP address as numbers, read from text without making an object: one of these is used again and again. An IPv4 address
 * that is written as IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is an IPv4 address; a zone (`%eth0`) is left out.
 */
export class IpAddress {
  family: 4 | 6 = 4
  /** The address, if it is IPv4. */
  ipv4 = 0
  /** The address in groups of 32 bits, if it is IPv6. */
  readonly ipv6 = new Uint32Array(4)
  /** Whether the text was IPv6, whatever it stands for. */
  wasIpv6 = false

  /** Reads the text from `begin` to `end`. Returns false if it is no IP address; the numbers mean nothing then. */
  read(text: string, begin = 0, end = text.length): boolean {
    this.wasIpv6 = text.indexOf(':', begin) >= 0 && text.indexOf(':', begin) < end
    if (this.wasIpv6) return this.#readIpv6(text, begin, end) && this.#unmap()
    const address = ipv4From(text, begin, end)
    if (address < 0) return false
    this.family = 4
    this.ipv4 = address
    return true
  }

  /** RFC 4291 §2.2: eight groups, of which `::` stands for one or more that are 0; the last two may be written as IPv4. */
  #readIpv6(text: string, begin: number, end: number): boolean {
    const groups = this.ipv6.fill(0)
    const zone = text.indexOf('%', begin)
    if (zone === end - 1) return false
    const last = zone < 0 || zone > end ? end : zone
    let count = 0
    let gapAt = -1
    let at = begin
    if (text.charCodeAt(at) === COLON) {
      if (text.charCodeAt(at + 1) !== COLON) return false
      gapAt = 0
      at += 2
    }
    while (at < last) {
      const stop = endOfGroup(text, at, last)
      if (text.charCodeAt(stop) === DOT && stop < last) {
        const tail = ipv4From(text, at, last)
        if (tail < 0 || count > 6) return false
        setGroup(groups, count++, tail >>> 16)
        setGroup(groups, count++, tail & 0xffff)
        break
      }
      const group = groupFrom(text, at, stop)
      if (group < 0 || count === 8) return false
      setGroup(groups, count++, group)
      if (stop === last) break
      at = stop + 1
      if (text.charCodeAt(at) === COLON && at < last) {
        if (gapAt >= 0) return false
        gapAt = count
        at += 1
      } else if (at === last) return false
    }
    if (gapAt < 0) return count === 8
    if (count > 7) return false
    for (let moved = 1; moved <= count - gapAt; moved++) {
      setGroup(groups, 8 - moved, getGroup(groups, count - moved))
      setGroup(groups, count - moved, 0)
    }
    return true
  }

  #unmap(): true {
    const [first, second, third, fourth] = this.ipv6 as unknown as [number, number, number, number]
    const isMapped = first === 0 && second === 0 && third === 0xffff
    this.family = isMapped ? 4 : 6
    if (isMapped) this.ipv4 = fourth
    return true
  }
}

/** Where the group of an IPv6 address ends: at the next colon or dot. */
const endOfGroup = (text: string, begin: number, end: number): number => {
  let at = begin
  while (at < end && text.charCodeAt(at) !== COLON && text.charCodeAt(at) !== DOT) at += 1
  return at
}

const getGroup = (groups: Uint32Array, index: number): number =>
  ((groups[index >> 1] ?? 0) >>> (index % 2 === 0 ? 16 : 0)) & 0xffff

const setGroup = (groups: Uint32Array, index: number, group: number): void => {
  const shift = index % 2 === 0 ? 16 : 0
  groups[index >> 1] = ((groups[index >> 1] ?? 0) & ~(0xffff << shift)) | (group << shift)
}

/** One to four hexadecimal digits; -1 for anything else. */
const groupFrom = (text: string, begin: number, end: number): number => {
  if (end === begin || end - begin > 4) return -1
  let group = 0
  for (let at = begin; at < end; at++) {
    const digit = hexFrom(text.charCodeAt(at))
    if (digit < 0) return -1
    group = group * 16 + digit
  }
  return group
}

const hexFrom = (code: number): number => {
  if (code >= ZERO && code <= NINE) return code - ZERO
  const letter = code | 0x20
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

/** Four numbers without leading zeros, which some programs take for octal; -1 for anything else. */
const ipv4From = (text: string, begin: number, end: number): number => {
  let address = 0
  let at = begin
  for (let part = 0; part < 4; part++) {
    const start = at
    let value = 0
    for (; at < end; at++) {
      const code = text.charCodeAt(at)
      if (code < ZERO || code > NINE) break
      value = value * 10 + code - ZERO
    }
    if (at === start || at - start > 3 || value > 255) return -1
    if (at - start > 1 && text.charCodeAt(start) === ZERO) return -1
    address = address * 256 + value
    if (part === 3) return at === end ? address : -1
    if (at === end || text.charCodeAt(at) !== DOT) return -1
    at += 1
  }
  return -1
}
