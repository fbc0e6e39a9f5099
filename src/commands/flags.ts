import type { Command, Option } from 'commander'

/** For an option that may be given several times: `--to a --to b` means `--to a,b`. */
export const collect = (value: string, before: string | undefined): string =>
  before === undefined ? value : `${before},${value}`

/** Refuses a second value for each option that takes only one: commander would drop the first silently. */
export const refuseRepeats = (command: Command): void => {
  for (const option of command.options) {
    if (option.required && option.parseArg === undefined) option.argParser(once(command, option))
  }
  for (const below of command.commands) refuseRepeats(below)
}

const once = (command: Command, { long }: Option): ((value: string) => string) => {
  let isGiven = false
  return (value) => {
    if (isGiven) command.error(`error: ${long} is given twice; give it once`)
    isGiven = true
    return value
  }
}
