import type { ConfigInput, DeepReadonly } from './schema.ts'

/** The mapping among the forms that a value may be written in: `Server` of `string | Server`. */
type Mapping<Form> = Form extends readonly unknown[] ? never : Form extends object ? Form : never

type Keys<Form> = Form extends unknown ? keyof Form : never
type ValueOf<Form, Key> = Form extends unknown ? (Key extends keyof Form ? Form[Key] : never) : never
type ItemOf<Form> = Form extends readonly (infer Item)[] ? Item : never

/**
 * What was written, with `never` for each key that there is not. TypeScript by itself lets such keys pass where a value
 * comes from a variable or a `map`.
 */
type OnlyKeysOf<Form, Written> = unknown extends Form
  ? Written // an inspector's options are its own affair
  : Written extends readonly unknown[]
    ? { [Index in keyof Written]: OnlyKeysOf<ItemOf<Form>, Written[Index]> }
    : Written extends object
      ? {
          [Key in keyof Written]: Key extends Keys<Mapping<Form>>
            ? OnlyKeysOf<ValueOf<Mapping<Form>, Key>, Written[Key]>
            : never
        }
      : Written

/** A config, typed. Written as JSON it is a config file. A key that there is not is refused by the compiler. */
export const defineConfig = <const Written>(
  config: Written & DeepReadonly<ConfigInput> & OnlyKeysOf<ConfigInput, Written>,
): Written => config
