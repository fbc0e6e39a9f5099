import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../support/until.ts'
import { newDirectory } from './proxy.ts'

export const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0
/** For the names of tests that need it. */
export const withoutPrometheus = hasPrometheus ? '' : ' (skipped: there is no Prometheus here)'

/** One series of an answer. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const LISTENING = /"address":"(127\.0\.0\.1:[1-9]\d*)"/

/** A real Prometheus, which scrapes every second. */
export class Prometheus {
  readonly #process: ChildProcess
  readonly #address: string

  private constructor(child: ChildProcess, address: string) {
    this.#process = child
    this.#address = address
  }

  /**
   * @param targets the addresses of admins, all of the job `copyloop`
   * @param rules files of rules
   */
  static async scraping(targets: readonly string[], rules: readonly string[] = []): Promise<Prometheus> {
    const directory = newDirectory()
    const file = join(directory, 'prometheus.json')
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: rules,
      scrape_configs: [{ job_name: 'copyloop', static_configs: [{ targets }] }],
    }
    writeFileSync(file, JSON.stringify(config))
    const options = [`--config.file=${file}`, `--storage.tsdb.path=${join(directory, 'data')}`]
    const child = spawn('prometheus', [...options, '--web.listen-address=127.0.0.1:0', '--log.format=json'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (piece) => {
      said += piece
    })
    await until('Prometheus listens', () => LISTENING.test(said) || child.exitCode !== null)
    const address = LISTENING.exec(said)?.[1]
    if (address === undefined) throw new Error(`Prometheus did not start: ${said}`)
    while ((await fetch(`http://${address}/-/ready`)).status !== 200) await pause(50)
    return new Prometheus(child, address)
  }

  /** The answer to a query: the samples that are numbers, once there are some. */
  async query(promql: string, withinMs = 15_000): Promise<Sample[]> {
    for (const began = performance.now(); performance.now() - began < withinMs; ) {
      const samples = await this.#samples(promql)
      if (samples.length > 0) return samples
      await pause(200)
    }
    throw new Error(`no answer to ${promql}`)
  }

  /** The alerts that are pending or firing. */
  async alerts(): Promise<readonly Alert[]> {
    const { alerts } = await this.#get<{ alerts: readonly Alert[] }>('alerts')
    return alerts
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return
    this.#process.kill('SIGKILL')
    await once(this.#process, 'exit')
  }

  async #samples(promql: string): Promise<Sample[]> {
    const { result } = await this.#get<{ result: { metric: Sample['metric']; value: [number, string] }[] }>(
      `query?query=${encodeURIComponent(promql)}`,
    )
    return result
      .map(({ metric, value: [, text] }) => ({ metric, value: Number(text) }))
      .filter(({ value }) => !Number.isNaN(value))
  }

  async #get<Data>(path: string): Promise<Data> {
    const answer = (await (await fetch(`http://${this.#address}/api/v1/${path}`)).json()) as
      | { status: 'success'; data: Data }
      | { status: 'error'; error: string }
    if (answer.status === 'error') throw new Error(answer.error)
    return answer.data
  }
}
