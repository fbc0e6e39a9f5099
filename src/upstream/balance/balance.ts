/** A server, as far as choosing among servers needs to know it. */
export interface Candidate {
  /** Its name in the config, the same in every worker and on every machine. */
  readonly name: string
  /** Its share of new connections beside those of the others, once it has been up for long; more than 0. */
  readonly fullWeight: number
  /** Its share now: less than `fullWeight` during a slow start, but more than 0. */
  readonly weight: number
  /** The connections that it serves, over all workers. */
  readonly load: number
  /** The turns that it is owed, times its weight. Kept here for `RoundRobin`, so that turns outlast a change of the candidates. */
  credit: number
}

/**
 * A way to spread connections over the servers of a tier. Implementations are pure: they read no clock, and the source of
 * random numbers is handed in.
 */
export interface Balance<Server extends Candidate = Candidate> {
  /**
   * Chooses a server for the next connection. For another attempt the caller leaves out the servers that were tried.
   *
   * @param candidates at least one server, none twice; the same array holds the same servers in every call
   * @param client the IP address of the client as text, without its port
   */
  choose(candidates: readonly Server[], client: string): Server
}
