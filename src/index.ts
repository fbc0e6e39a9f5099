/** The public entry: what inspectors and programs import from `copyloop`. */
export { defineConfig } from './config/define.ts'
export type { ConfigInput } from './config/schema.ts'
export type { Direction } from './engine/direction.ts'
export {
  type ConnectionInfo,
  type ConnectionSummary,
  defineInspector,
  type InspectedConnection,
  type Inspector,
  type NoteName,
} from './inspection/api/define-inspector.ts'
export { block, detach, hold, pass, passAfter, replace, type Verdict } from './inspection/api/verdict.ts'
