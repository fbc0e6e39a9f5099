/** The public entry: what inspectors and programs import from `copyloop`. */
import type { ConfigInput } from './config/schema.ts'

export type { ConfigInput } from './config/schema.ts'
export type { Direction } from './engine/engine.ts'
export {
  type ConnectionInfo,
  type ConnectionSummary,
  defineInspector,
  type InspectedConnection,
  type Inspector,
  type NoteName,
} from './inspection/api/define-inspector.ts'
export { block, detach, hold, pass, passAfter, replace, type Verdict } from './inspection/api/verdict.ts'

/** A config, typed. Written as JSON it is a config file. */
export const defineConfig = <const Written extends ConfigInput>(config: Written): Written => config
