import { SharedLayout } from '../../src/serving/shared-memory.ts'

/** The whole shared memory of so many workers, as it is before the first one comes. */
export const sharedNumbers = (places: number): Int32Array => {
  const layout = new SharedLayout(places)
  const numbers = new Int32Array(layout.length)
  numbers.set(layout.initial())
  return numbers
}
