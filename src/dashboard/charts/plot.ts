import { type Chart, type ChartData, type ChartOptions, chartLibrary } from './chart-library.ts'

export interface Line {
  /** A colour of styles/tokens.css. */
  readonly colour: `--${string}`
  /** A fill has no line: at 0 it is not there. */
  readonly look: 'area' | 'line' | 'fill'
}

interface PlotParts {
  readonly lines: readonly Line[]
  /** What a value of the axis is written as. */
  axisText(value: number): string
  /** The axis goes up to this at least. */
  readonly least: number
  /** The index of the moment that the pointer is at; undefined if it is at none. */
  onPoint(index: number | undefined): void
}

const AXIS_WIDTH = 58
const AXIS_HEIGHT = 22
const LABEL_HALF = 14
/** A plot of a narrow screen. */
const LOW = 80
/** Charts with the same key show the pointer of each other. */
const SHARED_POINTER = 'charts'

/** 1, 2, 5, 10 …: what is counted comes in whole numbers. */
const WHOLE_STEPS = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat()

/** From and to, in seconds since the epoch. */
type TimeRange = readonly [number, number]

/** One chart of the last minutes, in the colours of the page, as wide as its place. */
export class Plot {
  readonly #place: HTMLElement
  readonly #parts: PlotParts
  #chart: Chart | undefined
  #data: ChartData = [[]]
  #range: TimeRange = [0, 0]

  constructor(place: HTMLElement, parts: PlotParts) {
    this.#place = place
    this.#parts = parts
    new ResizeObserver(() => this.#chart?.setSize(this.#size)).observe(place)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw())
  }

  show(data: ChartData, range: TimeRange): void {
    this.#data = data
    this.#range = range
    if (this.#chart) this.#chart.setData(data)
    else this.#draw()
  }

  get #size(): { width: number; height: number } {
    return { width: this.#place.clientWidth, height: this.#place.clientHeight }
  }

  #draw(): void {
    this.#chart?.destroy()
    const Library = chartLibrary()
    this.#chart = new Library(this.#options(), this.#data, this.#place)
  }

  #options(): ChartOptions {
    const { lines, axisText, least, onPoint } = this.#parts
    const style = getComputedStyle(this.#place)
    const colourOf = (name: string): string => style.getPropertyValue(name).trim()
    const [ink, grid] = [colourOf('--ink-2'), colourOf('--grid')]
    const axis = { stroke: ink, font: `11px ${style.fontFamily}`, ticks: { show: false } }
    return {
      ...this.#size,
      padding: [8, 6, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, sync: { key: SHARED_POINTER }, points: { size: 7 } },
      hooks: { setCursor: [({ cursor: { idx } }) => onPoint(idx ?? undefined)] },
      scales: {
        x: { range: () => [...this.#range] },
        y: { range: (_, __, most) => [0, Math.max(least, most * 1.1)] },
      },
      axes: [
        {
          ...axis,
          size: AXIS_HEIGHT,
          gap: 4,
          grid: { show: false },
          incrs: [60],
          filter: notCutOff,
          values: (_, times) => times.map((time) => (time === null ? '' : clock(time))),
        },
        {
          ...axis,
          size: AXIS_WIDTH,
          gap: 6,
          grid: { stroke: grid, width: 1 },
          space: (_, __, ___, ____, height) => (height < LOW ? 20 : 36),
          incrs: WHOLE_STEPS,
          values: (_, values) => values.map(axisText),
        },
      ],
      series: [{}, ...lines.map((line) => seriesOf(line, colourOf(line.colour), colourOf(`${line.colour}-area`)))],
    }
  }
}

const seriesOf = ({ look }: Line, stroke: string, fill: string): ChartOptions['series'][number] => {
  return { stroke, width: look === 'fill' ? 0 : 1.5, points: { show: false }, ...(look !== 'line' && { fill }) }
}

/** A label at the very edge would be cut off. */
const notCutOff = (chart: Chart, times: number[]): (number | null)[] =>
  times.map((time) => {
    const at = chart.valToPos(time, 'x')
    return at > LABEL_HALF && at < chart.bbox.width / devicePixelRatio - LABEL_HALF ? time : null
  })

const clock = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
