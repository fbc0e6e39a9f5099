import { storyLines } from '../../screen/story-screen.ts'
import type { Line } from '../../screen/table.ts'
import { bodyRows, type Mode, storyWidth, type TopState } from '../state/state.ts'

/** The part of a story that is on the screen, and which part that is, if it is not all. */
export const shownStory = (
  { size }: TopState,
  { answer, top }: Mode & { kind: 'story' },
): { readonly lines: Line[]; readonly placeText: string } => {
  if (answer === undefined) return { lines: [], placeText: '' }
  const [all, rows] = [storyLines(answer, storyWidth(size)), bodyRows(size)]
  const first = Math.max(0, Math.min(top, all.length - rows))
  const lines = all.slice(first, first + rows)
  const isAll = lines.length === all.length
  return { lines, placeText: isAll ? '' : `lines ${first + 1}–${first + lines.length} of ${all.length}` }
}
