/** What a token bucket is: it holds so many, each use takes some, and it fills by itself at a steady rate. */

export interface BucketSize {
  /** What it holds when it is full: that many may be taken at once. */
  readonly burst: number
  readonly perMinute: number
}

export interface Drawn {
  /** False where there was not enough, and then nothing was taken. */
  readonly taken: boolean
  readonly left: number
  /** In ms: until there will be enough; 0 where it was taken. */
  readonly waitMs: number
  /** In ms: until it is full. */
  readonly fullMs: number
}

export interface Buckets {
  readonly take: (name: string, cost: number, size: BucketSize) => Promise<Drawn>
}
