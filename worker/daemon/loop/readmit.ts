/** The way out of quarantine: a self-test in the engine's turn, and what comes of it. */
import { Failure } from '#contract'
import { within } from '#platform/within.ts'
import { unlessAborted } from '#worker/engine/unless-aborted.ts'
import type { Workshop } from '../workshop.ts'
import type { InTurn } from './in-turn.ts'
import type { Quarantine } from './quarantine.ts'
import { selfTest } from './self-test.ts'

export interface Readmission {
  readonly workshop: Workshop
  readonly quarantine: Quarantine
  readonly inTurn: InTurn
  /** The test is given up after so many ms, and the engine replaced. */
  readonly stallMs: number
  /** Aborted: nothing is tested any more. */
  readonly drain: AbortSignal
}

/** Resolves always. */
export async function readmit(readmission: Readmission): Promise<void> {
  const { workshop, quarantine, drain } = readmission
  const { log, meters } = workshop
  try {
    await test(readmission)
    quarantine.passed()
    meters?.selfTested('passed')
    log.info('self-test passed')
  } catch (error) {
    if (drain.aborted) return
    const code = error instanceof Failure ? error.code : 'internal'
    quarantine.failed(code)
    meters?.selfTested('failed')
    log.warn('self-test failed', { code, error })
  }
}

function test({ workshop, inTurn, stallMs, drain }: Readmission): Promise<void> {
  return inTurn(async () => {
    let isLate = false
    try {
      await within(stallMs, drain, async (signal) => {
        signal.addEventListener('abort', () => {
          isLate = !drain.aborted
        })
        await unlessAborted(selfTest(workshop, signal), signal)
      })
    } catch (error) {
      if (!isLate) throw error
      workshop.engine?.replaceHung()
      throw new Failure('engine-hung', 'The engine did not end a self-test and was stopped.')
    }
  }, drain)
}
