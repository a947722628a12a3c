/** What the gateway must reach: DESIGN section 8, and the demands on the gateway beside it. Rates are goals. */
export const gates = {
  /** Of POST /v1/jobs, p99 on Postgres, at `rate` requests a second. */
  mostPostMs: 10,
  rate: 1_000,
  leastReadsPerSecond: 5_000,
  streams: 2_000,
  /** What the gateway may hold more, garbage apart, after they were open for a minute. */
  mostGrowthMb: 2,
} as const
