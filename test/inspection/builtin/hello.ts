/** A TLS ClientHello after RFC 8446 §4.1.2, with every part of it a test's to change. */
export interface HelloParts {
  readonly serverName?: string | Buffer
  /** Extensions beside the server's name: type and content. */
  readonly extensions?: readonly (readonly [number, Buffer])[]
  readonly version?: number
  readonly suites?: Buffer
}

const number = (value: number, bytes: number): Buffer => {
  const made = Buffer.alloc(bytes)
  made.writeUIntBE(value, 0, bytes)
  return made
}
export const vector = (lengthBytes: number, content: Buffer): Buffer =>
  Buffer.concat([number(content.length, lengthBytes), content])

export const serverNameExtension = (name: string | Buffer): readonly [number, Buffer] => {
  const bytes = typeof name === 'string' ? Buffer.from(name, 'latin1') : name
  return [0, vector(2, Buffer.concat([Buffer.from([0]), vector(2, bytes)]))]
}

/** The handshake message, without records. */
export const helloMessage = (parts: HelloParts = {}): Buffer => {
  const { serverName, extensions = [], version = 0x0303, suites = Buffer.from('130113021303', 'hex') } = parts
  const all = [...(serverName === undefined ? [] : [serverNameExtension(serverName)]), ...extensions]
  const written = Buffer.concat(all.flatMap(([type, content]) => [number(type, 2), vector(2, content)]))
  const body = Buffer.concat([
    number(version, 2),
    Buffer.alloc(32, 7),
    vector(1, Buffer.alloc(32, 9)),
    vector(2, suites),
    vector(1, Buffer.from([0])),
    vector(2, written),
  ])
  return Buffer.concat([Buffer.from([1]), vector(3, body)])
}

/** The message in records of at most so many bytes. */
export const inRecords = (message: Buffer, size = 16_384): Buffer => {
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    records.push(Buffer.from([22, 3, 1]), vector(2, message.subarray(at, at + size)))
  }
  return Buffer.concat(records)
}
