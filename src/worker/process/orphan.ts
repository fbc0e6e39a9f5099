import process from 'node:process'

/** The primary. It was alive when this was read, because its `start` message came later. */
const PRIMARY = process.ppid

/**
 * A worker ends when its channel to the primary closes. A stopped worker (SIGSTOP) cannot notice that, and would hold the
 * listening sockets for good, so the kernel wakes it when the primary dies. Without Linux or koffi it must be woken or
 * killed by hand.
 *
 * @returns why this is not available here, if it is not
 */
export const neverOutlivePrimary = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux') return undefined
  try {
    const { goOnWhenParentDies } = await import('../../system/parent-death.ts')
    goOnWhenParentDies()
  } catch (error) {
    return (error as Error).message
  }
  // It may have died before the kernel was told to watch it.
  if (process.ppid !== PRIMARY) process.exit(1)
  return undefined
}
