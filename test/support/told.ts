import type { StateOwner } from '../../src/primary/state-owner.ts'

/** Resolves when those who watch the state are told of the edits so far. */
export const told = (owner: StateOwner): Promise<void> =>
  new Promise((resolve) => {
    const { version } = owner.state
    let isFirst = true
    owner.watch((state) => {
      if (!isFirst && state.version >= version) resolve()
      isFirst = false
    })
  })
