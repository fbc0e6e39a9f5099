import { SharedLayout } from '../../src/serving/shared-memory.ts'

/** As many cells as a test needs: the real memory has thousands. */
const CELLS = 8

/** The shared memory of so many workers, as it is before the first one comes. */
export const sharedNumbers = (places: number): Int32Array => {
  const layout = new SharedLayout(places)
  const numbers = new Int32Array(layout.rowOf(CELLS))
  numbers.set(layout.initial())
  return numbers
}
