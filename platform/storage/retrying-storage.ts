/** A storage that is asked again while it has a bad moment, so that a picture made is not lost to it. */

import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#contract'
import type { Storage } from './storage.ts'

export interface Patience {
  readonly tries?: number
  /** Milliseconds before the second try; each further wait is three times as long. */
  readonly firstWait?: number
}

/** The same storage; what fails with a retryable Failure is tried so often. */
export function retryingStorage(
  storage: Storage,
  { tries = 3, firstWait = 500 }: Patience = {},
): Storage {
  const again = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let attempt = 1, wait = firstWait; ; attempt++, wait *= 3) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof Failure && error.retryable) || attempt >= tries) throw error
        await sleep(wait)
      }
    }
  }
  return {
    put: (path, bytes, file) => again(() => storage.put(path, bytes, file)),
    get: (path, maxBytes) => again(() => storage.get(path, maxBytes)),
    sign: (path, seconds) => again(() => storage.sign(path, seconds)),
    signUpload: (path, kind, seconds) => again(() => storage.signUpload(path, kind, seconds)),
    remove: (path) => again(() => storage.remove(path)),
    publish: (staged, final) => again(() => storage.publish(staged, final)),
  }
}
