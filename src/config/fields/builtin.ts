const PREFIX = 'builtin:'

/** How an inspector that comes with copyloop is written in a config. */
export const writeBuiltin = (name: string): string => PREFIX + name

/** The name of an inspector that comes with copyloop; undefined if `use` is the path of a module. */
export const builtinName = (use: string): string | undefined =>
  use.startsWith(PREFIX) ? use.slice(PREFIX.length) : undefined
