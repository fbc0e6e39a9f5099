import type { Reporter, TestCase, TestModule, TestRunEndReason, Vitest } from 'vitest/node'

/** A reason stands in the name, in brackets, or was given to `context.skip`. */
const describeSkipped = (test: TestCase): string => {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  const name = `${test.module.relativeModuleId} > ${test.fullName}`
  if (note !== undefined) return `${name} (${note})`
  return /\([^()]+(\([^()]*\)[^()]*)*\)/.test(test.fullName) ? name : `${name} (no reason is given)`
}

/** Names each skipped test after the run, for other reporters only count them. */
export default class SkippedTests implements Reporter {
  #isChoice = false

  onInit(vitest: Vitest): void {
    // With `-t` the tests that were not asked for are skipped.
    this.#isChoice = vitest.config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[], _errors: unknown, _reason: TestRunEndReason): void {
    if (this.#isChoice) return
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')].map(describeSkipped))
    for (const name of skipped) console.log(`skipped: ${name}`)
  }
}
