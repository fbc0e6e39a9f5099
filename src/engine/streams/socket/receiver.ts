/** Who hears what a socket does. */
export interface Receiver {
  /** The bytes are only valid during the call. Answers false to stop the reading until `resume()`. */
  onBytes(bytes: Buffer): boolean
  /** FIN, after the last byte. */
  onEnd(): void
  /** Reset or broken; nothing more can be read or written. Called once, after the last byte that could still be read. */
  onBroken(error: NodeJS.ErrnoException): void
}
