import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.data/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Half of the time is parity, in one file: the rest runs beside it.
    maxWorkers: '100%',
  },
})
