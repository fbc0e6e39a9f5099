import { whereOthersAreBetter } from './better.ts'
import { comparisonTable } from './comparison.ts'
import type { Data } from './data.ts'
import { goalsTable } from './goals.ts'
import { inspectionTable } from './inspection.ts'
import { howMeasured, limits, thrownOut } from './method.ts'
import { type Section, scaleSection, workSection } from './work-section.ts'

export const imageFolder = 'benchmarks'

/** The whole page and its charts, from the raw data alone: the same data gives the same page. */
export function renderPage(data: Data): Section {
  const sections = data.works.map((work) => workSection(data, work, imageFolder))
  const scale = scaleSection(data, imageFolder)
  const isStep = (index: number) => data.works[index]?.name.startsWith('scale-') === true
  const warning = data.quick
    ? '> This was a quick run: it shows that the benchmark works. Its figures mean nothing.\n'
    : ''
  const markdown = [
    '# Benchmarks\n',
    '<!-- Written by `npm run bench`; `npm run bench -- --render docs/benchmarks.json` writes it again from the raw data. -->\n',
    warning,
    data.comparedWith === undefined ? whereOthersAreBetter(data) : comparisonTable(data),
    data.comparedWith === undefined ? goalsTable(data) : '',
    inspectionTable(data),
    '## Results\n',
    `Median of ${data.rounds} round${data.rounds === 1 ? '' : 's'}, in brackets the lowest and the highest; in the charts the same as a line. Less is better but for throughput, in the last column.\n`,
    ...sections.filter((_, index) => !isStep(index)).map((section) => section.markdown),
    scale.markdown,
    ...sections.filter((_, index) => isStep(index)).map((section) => section.markdown),
    limits(data),
    thrownOut(data),
    howMeasured(data),
  ]
    .filter((part) => part !== '')
    .join('\n')
  return { markdown, charts: new Map([...sections, scale].flatMap((section) => [...section.charts])) }
}
