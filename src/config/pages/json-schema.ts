import { z } from 'zod'
import type { Path } from '../problems/problem.ts'
import { configSchema } from '../schema.ts'

/** As much of JSON Schema as `configSchema` comes to. */
export interface JsonSchema {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
}

/** The JSON Schema (draft 2020-12) of a config as it is written. Cross-references between keys are not in it. */
export const jsonSchema = (): JsonSchema => {
  made ??= z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema
  return made
}

/** Made when it is first asked for: a config that is right needs none. */
let made: JsonSchema | undefined

/** The keys that may stand in the mapping at `path`. */
export const keysAt = (path: Path): string[] => {
  let here = members(jsonSchema())
  for (const step of path) here = here.flatMap((schema) => child(schema, step)).flatMap(members)
  return here.flatMap((schema) => Object.keys(schema.properties ?? {}))
}

const members = (schema: JsonSchema): readonly JsonSchema[] => schema.anyOf ?? [schema]

const child = ({ items, properties = {} }: JsonSchema, step: string | number): JsonSchema[] => {
  const found = typeof step === 'number' ? items : Object.hasOwn(properties, step) ? properties[step] : undefined
  return found === undefined ? [] : [found]
}
