/** Where an accounting keeps what must outlive Redis and the workers. */
import { join } from 'node:path'

export interface Places {
  /** The storage of all workers. */
  readonly files: string
  /** One for each drawing that has failed once. */
  readonly failures: string
  /** Of one worker: a line for each answered finish. */
  readonly finishes: (worker: string) => string
  /** What gateways keep for themselves and say. */
  readonly gateways: string
  /** What the daemon itself said. */
  readonly log: (worker: string) => string
}

export function placesIn(folder: string): Places {
  return {
    files: join(folder, 'files'),
    failures: join(folder, 'failures'),
    gateways: join(folder, 'gateways'),
    finishes: (worker) => join(folder, `${worker}.finishes`),
    log: (worker) => join(folder, `${worker}.log`),
  }
}
