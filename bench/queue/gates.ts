/** What must hold of the queue and its daemon: DESIGN section 8. */
export const gates = {
  mostOverheadMs: 5,
  leastJobsPerSecond: 3_000,
  /** Of the p99.9 gap of the daemon's event loop, beyond an idle daemon's in the same run. */
  mostGapMs: 50,
  leastBusy: 0.95,
} as const
