/** Quiet test output: failures in full, then why tests were skipped, then one line that tools read. */
import { relative } from 'node:path'
import type { TestCase, TestModule, Vitest } from 'vitest/node'

/** Reporter for `vitest.config.ts`. Put it last: its line has to be the last one. */
export default class SummaryReporter {
  #vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 }
    const skipped = new Map<string, number>()
    for (const module of modules) {
      // A file that does not load has no tests; it must not look like a file without failures.
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed' || state === 'failed') counts[state]++
        else {
          counts.skipped++
          const group = skippedGroup(test, this.#vitest?.config.root ?? process.cwd())
          skipped.set(group, (skipped.get(group) ?? 0) + 1)
        }
      }
    }
    const lines = [...skipped].map(([group, count]) => `${count} skipped: ${group}`)
    lines.push(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    // Other reporters print from this hook too, some after us; what is written at exit comes after all of them.
    process.once('exit', () => process.stdout.write(`${lines.join('\n')}\n`))
  }
}

/** File, outermost suite and reason: tests of one suite are skipped for one reason. */
function skippedGroup(test: TestCase, root: string): string {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  const suite = test.fullName.split(' > ')[0] ?? test.name
  return `${relative(root, test.module.moduleId)}: ${suite}${note === undefined ? '' : ` (${note})`}`
}
