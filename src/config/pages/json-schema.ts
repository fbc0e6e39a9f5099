import { z } from 'zod'
import type { Path } from '../problems/problem.ts'
import { configSchema } from '../schema.ts'

/** The part of JSON Schema that `configSchema` needs. */
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

/** The JSON Schema (draft 2020-12) of a written config. It does not check keys against each other. */
export const jsonSchema = (): JsonSchema => {
  made ??= z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema
  return made
}

/** Made on first use: a correct config does not need it. */
let made: JsonSchema | undefined

/** The keys that the mapping at `path` may have. */
export const keysAt = (path: Path): string[] =>
  schemasAt(path).flatMap((schema) => Object.keys(schema.properties ?? {}))

/** The schemas of the value at `path`; empty if there is none. */
export const schemasAt = (path: Path): readonly JsonSchema[] => {
  let here = members(jsonSchema())
  for (const step of path) here = here.flatMap((schema) => child(schema, step)).flatMap(members)
  return here
}

const members = (schema: JsonSchema): readonly JsonSchema[] => schema.anyOf ?? [schema]

const child = ({ items, properties = {} }: JsonSchema, step: string | number): JsonSchema[] => {
  const found = typeof step === 'number' ? items : Object.hasOwn(properties, step) ? properties[step] : undefined
  return found === undefined ? [] : [found]
}
