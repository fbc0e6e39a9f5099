import process from 'node:process'

/** Read while the primary lives: otherwise its first message would not have come. */
const PRIMARY = process.ppid

/**
 * A worker ends when its channel to the primary closes, but one that is stopped does not hear of that, and would hold the
 * listening sockets for good. So the kernel wakes it when the primary dies. Without Linux or koffi a stopped worker has
 * to be woken or killed by hand.
 *
 * @returns why it cannot be had here, if so
 */
export const neverOutlivePrimary = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux') return undefined
  try {
    const { goOnWhenParentDies } = await import('../system/parent-death.ts')
    goOnWhenParentDies()
  } catch (error) {
    return (error as Error).message
  }
  // It may have died before the kernel was told to watch it.
  if (process.ppid !== PRIMARY) process.exit(1)
  return undefined
}
