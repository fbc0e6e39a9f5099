import type { History, Sample } from '../model/history.ts'
import { type Quantity, UNKNOWN } from '../text/units.ts'
import { element, setAttribute, setText } from '../view/element.ts'
import type { ChartData } from './chart-library.ts'
import { type Line, Plot } from './plot.ts'

/** A large number, and its line in the chart if it has one. */
interface Reading {
  readonly name: keyof Sample
  readonly title: string
  readonly line?: Line
  /** Anything but 0 is bad. */
  readonly isBad?: true
  quantity(value: number): Quantity
}

export interface CardParts {
  readonly title: string
  /** The axis is in the unit of the first. */
  readonly readings: readonly [Reading, ...Reading[]]
  /** The lines lie on each other, the first one lowest. */
  readonly isStacked?: true
  readonly least: number
}

/** A chart is of this time at least, also when the page was opened just now. */
const LEAST_SECONDS = 120

/** A chart below the numbers that it is about: those of now, or of the moment that the pointer is at. */
export class ChartCard {
  readonly root: HTMLElement
  readonly #parts: CardParts
  readonly #drawn: readonly (keyof Sample)[]
  readonly #when = element('span', { class: 'when' })
  readonly #plot: Plot
  readonly #place = element('div', { class: 'plot', role: 'img' })
  readonly #numbers: readonly NumberView[]
  #history: History | undefined
  #pointed: number | undefined

  constructor(parts: CardParts) {
    this.#parts = parts
    this.#drawn = parts.readings.flatMap(({ name, line }) => (line ? [name] : []))
    this.#numbers = parts.readings.map(numberView)
    this.root = element(
      'article',
      { class: 'card' },
      element('h2', {}, parts.title, ' ', this.#when),
      element('dl', { class: 'numbers' }, ...this.#numbers.map(({ root }) => root)),
      this.#place,
    )
    const lines = parts.readings.flatMap(({ line }) => line ?? [])
    this.#plot = new Plot(this.#place, {
      // What is drawn later covers what was drawn before: of a stack the highest comes first.
      lines: parts.isStacked ? lines.toReversed() : lines,
      axisText: (value) => textOf(parts.readings[0].quantity(value)),
      least: parts.least,
      onPoint: (index) => {
        this.#pointed = index
        this.#showNumbers()
      },
    })
  }

  show(history: History): void {
    this.#history = history
    const columns = history.columns(this.#drawn)
    this.#plot.show(this.#parts.isStacked ? stacked(columns) : columns, rangeOf(history))
    this.#showNumbers()
  }

  #showNumbers(): void {
    const moment = this.#pointed === undefined ? undefined : this.#history?.at(this.#pointed)
    const sample = moment ? moment.sample : this.#history?.latest
    const quantities = this.#parts.readings.map(({ name, quantity }) => (sample ? quantity(sample[name]) : NOTHING))
    for (const [at, quantity] of quantities.entries()) this.#numbers[at]?.show(quantity)
    setText(this.#when, moment ? `at ${new Date(moment.atSeconds * 1000).toLocaleTimeString('en-GB')}` : '')
    const spoken = this.#parts.readings.map(({ title }, at) => `${textOf(quantities[at] ?? NOTHING)} ${title}`)
    setAttribute(this.#place, 'aria-label', `${this.#parts.title} in the last five minutes; now ${spoken.join(', ')}`)
  }
}

const NOTHING: Quantity = { value: UNKNOWN, unit: '' }

const textOf = ({ value, unit }: Quantity): string => (unit === '' || value === '0' ? value : `${value} ${unit}`)

interface NumberView {
  readonly root: HTMLElement
  show(quantity: Quantity): void
}

const numberView = ({ title, line, isBad }: Reading): NumberView => {
  const [value, unit] = [element('span', { class: 'value' }), element('span', { class: 'unit' })]
  const swatch =
    line && element('span', { class: 'swatch', 'data-colour': line.colour.slice(2), 'aria-hidden': 'true' })
  const root = element('div', {}, element('dt', {}, ...(swatch ? [swatch] : []), title), element('dd', {}, value, unit))
  return {
    root,
    show: (quantity: Quantity): void => {
      setText(value, quantity.value)
      setText(unit, quantity.unit)
      setAttribute(root, 'data-bad', isBad && quantity !== NOTHING && quantity.value !== '0' ? '' : undefined)
    },
  }
}

const rangeOf = ({ span }: History): [number, number] => {
  const [first, last] = span ?? [0, 0]
  return [Math.min(first, last - LEAST_SECONDS), last]
}

/** Each row with those before it added, the sum of all first. */
const stacked = ([times, ...rows]: ReturnType<History['columns']>): ChartData => {
  const sums = rows.map((_, upTo) =>
    times.map((_, at) => {
      const parts = rows.slice(0, upTo + 1).map((row) => row[at] ?? null)
      return parts.includes(null) ? null : parts.reduce((sum: number, part) => sum + (part ?? 0), 0)
    }),
  )
  return [times, ...sums.toReversed()]
}
