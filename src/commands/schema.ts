import type { Command } from 'commander'
import { schemaText } from '../config/pages/describe.ts'

/** Adds `copyloop schema`: prints the JSON Schema of the config to stdout. */
export const addSchema = (program: Command): void => {
  program
    .command('schema')
    .description("print the config's JSON Schema (draft 2020-12)")
    .addHelpText(
      'after',
      `
Example:
  copyloop schema > copyloop.schema.json
  Then begin copyloop.yaml with: # yaml-language-server: $schema=copyloop.schema.json`,
    )
    .action(() => {
      process.stdout.write(schemaText())
    })
}
