import type { AccessLogConfig } from '../../config/sections/log.ts'
import type { Log } from '../../log/log.ts'
import type { ConnectionRecord, EndRecord } from '../../proxy/record.ts'
import type { accessLines } from './access-log.ts'

const ALL = 2 ** 32
/** 2³² divided by the golden ratio, made odd: Knuth's multiplicative hashing (TAOCP 6.4). */
const GOLDEN = 0x9e3779b1

/** Writes the lines of connections that have ended: those that the config wants, as it wants them. */
export class AccessLogWriter {
  readonly #log: Log
  readonly #lineOf: ReturnType<typeof accessLines>
  #isOn = false
  /** Of connections that end as `completed`, those with a number below are logged, of 2³². */
  #below = ALL
  #anonymize: number | undefined

  constructor(log: Log, lineOf: ReturnType<typeof accessLines>) {
    this.#log = log
    this.#lineOf = lineOf
  }

  follow(access: AccessLogConfig | false): void {
    this.#isOn = access !== false
    if (access === false) return
    this.#below = access.sample * ALL
    this.#anonymize = access.anonymize
  }

  /** Logs a connection that has ended, unless the config leaves it out. */
  write(record: ConnectionRecord, ended: EndRecord): void {
    if (!this.#isOn) return
    if (ended.outcome === 'completed' && sampleNumber(record) >= this.#below) return
    this.#log.writeAccessLine(this.#lineOf(record, ended, this.#anonymize))
  }
}

/**
 * Spreads a worker's connections evenly over 0 to 2³², any run of consecutive ones included: so the sampled ones are neither
 * every tenth, which could always be of the same listener, nor left to chance.
 */
const sampleNumber = ({ sequence }: ConnectionRecord): number => Math.imul(sequence, GOLDEN) >>> 0
