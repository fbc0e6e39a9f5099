import { TokenNeeded } from './admin.ts'

/** Runs something that asks the admin, and returns what went wrong in words. */
export const reaching = async (ask: () => Promise<string | undefined>): Promise<string | undefined> => {
  try {
    return await ask()
  } catch (error) {
    // Fetch gives a TypeError for whatever keeps a request from its answer.
    if (error instanceof TypeError) return 'copyloop cannot be reached'
    if (error instanceof TokenNeeded) return 'the admin wants another token; load the page again'
    return error instanceof Error ? error.message : String(error)
  }
}
