/** Clears up behind an attempt that came to nothing while a provider had it: stopped, its cost known, its files gone. */
import { recordCost } from '../store/attempts.ts'
import { markLetGo, putOff } from '../store/remote-attempts.ts'
import { ageOf, type Care, careTimes } from './care.ts'
import { isTerminal, stopRemote } from './stop-remote.ts'
import { removePictures } from './store-pictures.ts'

export async function letGo(care: Care, ref: string): Promise<void> {
  const { attempt, provider, parts, signal } = care
  const { database, storage, log } = parts
  const about = { jobId: attempt.jobId, provider: provider.name }
  const times = careTimes(parts)
  const now = await provider.look(ref, signal).catch((error) => {
    log.warn('not looked at', { ...about, error })
    return undefined
  })
  signal.throwIfAborted()
  const state = now && isTerminal(now) ? now : await stopRemote(care, ref)
  if (state) {
    if ('costMicros' in state && state.costMicros !== undefined) {
      await recordCost(database, attempt.id, state.costMicros)
    }
    if (attempt.state === 'superseded') await removePictures({ ...care, storage })
    return await markLetGo(database, attempt.id)
  }
  // Its own deadline, which it was sent with, has ended it by then.
  if (ageOf(care) < 2 * times.mostRemote) return await putOff(database, attempt.id, times.letGo)
  log.error('not let go', about)
  await markLetGo(database, attempt.id)
}
