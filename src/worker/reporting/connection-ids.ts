/** Connections' names in logs and answers, unique across workers and restarts. */
export interface ConnectionIds {
  /** What all of this worker begin with, and no others. */
  readonly prefix: string
  /** @param sequence the number of the connection in its worker */
  of(sequence: number): string
  /** Undefined for a connection of another worker, or of one before. */
  sequenceOf(connectionId: string): number | undefined
}

/** The worker's start time, its id, and the connection's number: `mwx7vhha-1-62`. */
export const connectionIds = (workerId: number): ConnectionIds => {
  const prefix = `${Date.now().toString(36)}-${workerId}-`
  return {
    prefix,
    of: (sequence) => prefix + sequence.toString(36),
    sequenceOf: (connectionId) =>
      connectionId.startsWith(prefix) ? Number.parseInt(connectionId.slice(prefix.length), 36) : undefined,
  }
}
