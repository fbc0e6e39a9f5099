import { readdirSync } from 'node:fs'

/** The examples that are configs. `alerts.yaml` is for Prometheus. */
export const EXAMPLE_CONFIGS: readonly string[] = readdirSync('examples')
  .filter((name) => name.endsWith('.yaml') && name !== 'alerts.yaml')
  .map((name) => `examples/${name}`)
