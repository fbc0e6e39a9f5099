/** Milliseconds on this process's monotonic clock, a whole number, never 0: 0 stands for «not yet» in every record. */
export const nowMs = (): number => Math.ceil(performance.now())
