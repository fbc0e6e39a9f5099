/** What runs in the threads. They run JavaScript: where this file itself is TypeScript, in tests, that is the built one. */
export const THREAD_FILE = new URL(
  import.meta.url.endsWith('.ts') ? '../../../../dist/inspection/thread/entry.cjs' : '../../thread/entry.cjs',
  import.meta.url,
)

/** The module of a built-in inspector, beside it. */
export const builtinUrl = (name: string): string => new URL(`../builtin/${name}.js`, THREAD_FILE).href
