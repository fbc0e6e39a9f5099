import type { Candidate } from './balance.ts'

/** What a server would serve with one more connection, for its weight: so an empty one is not full because it is small. */
export const loadWith = ({ load, weight }: Candidate): number => (load + 1) / weight
