/** The two ways that bytes go. On its own, for the package's types name it: those must not need the types of Node. */
export type Direction = 'toUpstream' | 'toClient'
