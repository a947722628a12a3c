/** One look into an outbox, for tests. */
import { createOutbox } from './outbox.ts'
import type { CallbackService } from './serve-callback.ts'

/** Resolves when all that it took up has ended. @returns how many that was. */
export async function serveOnce(service: CallbackService): Promise<number> {
  await using outbox = createOutbox(service)
  return await outbox.look()
}
