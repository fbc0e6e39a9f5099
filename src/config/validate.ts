import { crossCheck } from './cross-check.ts'
import { explain } from './problems/message.ts'
import type { Finding } from './problems/problem.ts'
import { type Config, configSchema } from './schema.ts'

export type Validation =
  | { readonly valid: true; readonly config: Config }
  | { readonly valid: false; readonly findings: readonly Finding[] }

/** Checks a written config: each part, and the parts against each other. Never throws. */
export const validate = (written: unknown): Validation => {
  const parsed = configSchema.safeParse(written)
  const findings = [...(parsed.success ? [] : explain(parsed.error.issues)), ...crossCheck(written)]
  if (parsed.success && findings.length === 0) return { valid: true, config: deepFreeze(parsed.data) }
  return { valid: false, findings }
}

/** Numbers in typed arrays cannot be frozen. */
export const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return value
}
