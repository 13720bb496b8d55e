import { defineConfig } from 'vitest/config'

/**
 * Five groups, one after the other. Unit tests share the cores; the others start processes, servers and browsers and would starve each other,
 * so their files run one at a time.
 */
function group(name: string, order: number, include: string[], timeoutMs: number) {
  return {
    extends: true as const,
    test: {
      name,
      include,
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      sequence: { groupOrder: order },
      ...(name === 'unit' ? {} : { fileParallelism: false }),
    },
  }
}

export default defineConfig({
  test: {
    // undici's EventSource stands in for a browser's in a test; that it is new is not news.
    execArgv: ['--disable-warning=UNDICI-ES'],
    reporters: ['minimal', './scripts/reporter.ts'],
    projects: [
      group('unit', 0, ['src/**/*.test.ts', 'web/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'], 20_000),
      group('integration', 1, ['test/*.test.ts', 'test/integration/**/*.test.ts'], 60_000),
      group('faults', 2, ['test/faults/**/*.test.ts'], 180_000),
      group('e2e', 3, ['test/e2e/**/*.test.ts'], 180_000),
      group('soak', 4, ['test/soak/**/*.test.ts'], 480_000),
    ],
  },
})
