/** Gives a job what a worker without a key of the storage needs: a URL to read its reference by, and one for each file. */
import { randomUUID } from 'node:crypto'
import type { Job, Upload } from '#contract'
import { OUTPUT_BUCKET } from '#platform/storage/publish.ts'
import type { Storage } from '#platform/storage/storage.ts'

/** As long as a job may wait and run, with its retries. */
const SECONDS = 7_200

const PNG = { contentType: 'image/png' }
const WEBP = { contentType: 'image/webp' }

export const createEquip =
  (storage: Storage) =>
  async (job: Job): Promise<Job> => {
    const { reference, userId, id, asked } = job
    const folder = `${userId ?? 'anonymous'}/${id}`
    // A URL outlives the finish, and whoever still has it may not put another picture where readers look.
    const stagedIn = `${OUTPUT_BUCKET}/${folder}/.staged/${randomUUID()}`
    const upload = async (name: string, kind: typeof PNG): Promise<Upload> => {
      const staged = `${stagedIn}/${name}`
      return {
        path: `${folder}/${name}`,
        staged,
        url: await storage.signUpload(staged, kind, SECONDS),
      }
    }
    const uploads = Array.from({ length: asked.images ?? 1 }, (_, i) => [
      upload(`${i}.png`, PNG),
      upload(`${i}.thumb.webp`, WEBP),
    ])
    const isStored = reference !== undefined && 'path' in reference
    return {
      ...job,
      ...(isStored && { reference: { url: await storage.sign(reference.path, SECONDS) } }),
      uploads: await Promise.all(uploads.flat()),
    }
  }
