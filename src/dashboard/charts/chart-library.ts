import type UPlot from 'uplot'

export type Chart = UPlot
export type ChartOptions = UPlot.Options
export type ChartData = UPlot.AlignedData

/** A script of index.html defines it: uPlot's own file is served as it is, and is no module. */
export const chartLibrary = (): typeof UPlot => uPlot
