import { TokenNeeded } from './admin.ts'

/** Runs something that asks the admin, and returns what went wrong in words. */
export const reaching = async (ask: () => Promise<string | undefined>): Promise<string | undefined> => {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof TokenNeeded) return 'the admin wants another token; load the page again'
    return reasonText(error)
  }
}

/** Why there was no answer, in words. */
export const reasonText = (error: unknown): string => {
  // Fetch gives a TypeError for whatever keeps a request from its answer.
  if (error instanceof TypeError) return 'copyloop cannot be reached'
  return error instanceof Error ? error.message : String(error)
}
