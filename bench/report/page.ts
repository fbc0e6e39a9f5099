import { whereOthersAreBetter } from './better.ts'
import { comparisonTable } from './comparison.ts'
import type { Data } from './data.ts'
import { goalsTable } from './goals.ts'
import { comparesInspectors, inspectionTable } from './inspection.ts'
import { howMeasured, limits, thrownOut } from './method.ts'
import { type Section, scaleSection, workSection } from './work-section.ts'

export interface Page extends Section {
  /** Of its files: `NAME.md`, `NAME.json`, and the folder `NAME` of its charts. */
  name: string
}

/** The whole page and its charts, from the raw data alone: the same data gives the same page. */
export const renderPage = (data: Data): Page => {
  const name = comparesInspectors(data) ? 'inspection-benchmarks' : 'benchmarks'
  const sections = data.works.map((work) => workSection(data, work, name))
  const scale = scaleSection(data, name)
  const isStep = (index: number) => data.works[index]?.name.startsWith('scale-') === true
  const warning = data.quick
    ? '> This was a quick run: it shows that the benchmark works. Its figures mean nothing.\n'
    : ''
  const markdown = [
    comparesInspectors(data) ? '# Benchmarks of inspection\n' : '# Benchmarks\n',
    `<!-- Written by \`npm run bench\`; \`npm run bench -- --render docs/${name}.json\` writes it again from the raw data. -->\n`,
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
    howMeasured(data, name),
  ]
    .filter((part) => part !== '')
    .join('\n')
  return { name, markdown, charts: new Map([...sections, scale].flatMap((section) => [...section.charts])) }
}
