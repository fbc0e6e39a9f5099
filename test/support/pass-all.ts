import type { Tap } from '../../src/engine/engine.ts'

/** Sees every chunk and lets it through as it is. */
export const passAll: Tap = {
  inspects: () => true,
  chunk: async (_direction, bytes) => [bytes],
  end: async () => [],
}
