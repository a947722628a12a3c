import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.data/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: '100%',
    // PGlite's WebAssembly lives for seconds here: to optimise it takes more than it gives, a quarter of a gateway's test.
    execArgv: ['--liftoff-only'],
  },
})
