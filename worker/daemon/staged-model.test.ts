import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { serve } from '#platform/fetch/server.case.ts'
import { connectRedis } from '#platform/redis/connect.ts'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { sha256Of } from '#worker/models/file-hash.ts'
import { sizeInWords } from '#worker/models/size-in-words.ts'
import { stageCheckpoint } from '#worker/models/staging.ts'
import { startWorker } from './started-worker.case.ts'
import { modify, USER } from './workshop.case.ts'

const PHOTOGRAPH = fileURLToPath(new URL('../../examples/cat.jpg', import.meta.url))
const slowVolume = async () => ({ inPlace: 150e6, copied: 400e6 })

/** Two file systems that every Linux has: a volume, and a local disk. */
async function folders(): Promise<readonly [volume: string, disk: string]> {
  const made = [await mkdtemp('/dev/shm/i2i-volume-'), await mkdtemp(join(tmpdir(), 'i2i-disk-'))]
  onTestFinished(async () => {
    for (const folder of made) await rm(folder, { recursive: true, force: true })
  })
  const [volume = '', disk = ''] = made
  return [volume, disk]
}

const sizeOf = async (path: string): Promise<number> =>
  (await stat(path).catch(() => ({ size: 0 }))).size

/** A volume of memory is quick, and would be read in place: so the copy is begun as on a slow one, and cut off. */
async function beginCopy(path: string, folder: string): Promise<number> {
  const stop = new AbortController()
  const { signal } = stop
  const asked = { path, folder, measure: slowVolume, onBytes: () => stop.abort(), signal }
  await expect(stageCheckpoint(asked)).rejects.toThrow()
  return sizeOf(join(folder, 'tiny-single.safetensors.part'))
}

describe.skipIf(privateRedisMissing)('a worker with its checkpoint on a volume', () => {
  it('that was killed while it copied goes on when it is started again, and draws from the copy', async () => {
    const [volume, disk] = await folders()
    const checkpoint = await writeCheckpoint(volume, 'tiny-single')
    const copy = join(disk, 'tiny-single.safetensors')
    const part = `${copy}.part`
    const bodies: string[] = []
    await using receiver = await serve(async (request, response) => {
      let body = ''
      for await (const piece of request) body += piece
      bodies.push(body)
      response.end('{"success":true}')
    })
    await using redis = await privateRedis('--appendonly', 'yes')
    await using producer = connectRedis(redis.url, { purpose: 'worker', name: 'producer' })
    const library = join(disk, 'files', 'user-library', USER)
    await mkdir(library, { recursive: true })
    await copyFile(PHOTOGRAPH, join(library, 'cat.jpg'))
    const variables = {
      ...{ REDIS_URL: redis.url, SDXL_CHECKPOINT: 'tiny-single.safetensors', MODELS: volume },
      ...{ STAGE_FOLDER: disk, SDXL_SHA256: await sha256Of(checkpoint), CHECKPOINT_CONTENT: 'sfw' },
      ...{ DEVICE: 'cpu', THREADS: '1', STORAGE_FOLDER: join(disk, 'files') },
      ...{ CALLBACK_URL: receiver.origin, JOB_CALLBACK_SECRET: 'secret' },
    }

    // Sixty megabytes, their hash and their sync take a while, yet not for ever: it may have been too quick for us.
    let [begun, cut] = [0, 0]
    do {
      await rm(copy ?? '', { force: true })
      begun = await beginCopy(checkpoint, disk)
      const { child, lines } = startWorker(variables)
      const grown = async () =>
        (await sizeOf(part)) > begun || (await sizeOf(copy)) > 0 || child.exitCode !== null
      await expect.poll(grown, { interval: 2, timeout: 30_000 }).toBe(true)
      expect(child.exitCode, lines.join('\n')).toBeNull()
      child.kill('SIGKILL')
      await once(child, 'exit')
      cut = await sizeOf(part)
    } while (cut === 0)
    expect(cut).toBeGreaterThan(begun)
    expect(await sizeOf(copy)).toBe(0)

    const { has } = startWorker(variables)
    await producer.call('RPUSH', 'sdxl_queue', modify('one', `user-library/${USER}/cat.jpg`))
    await expect.poll(() => bodies.length, { timeout: 40_000 }).toBe(1)
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ job_id: 'one', status: 'completed' })
    await has('checkpoint read from its copy')
    if (cut < (await sizeOf(checkpoint))) await has(`, from ${sizeInWords(cut)}`)
    expect(await sizeOf(copy)).toBe(await sizeOf(checkpoint))
    expect(await sizeOf(part)).toBe(0)
  }, 120_000)

  it('that is not the one it was told of says so, and ends with 1', async () => {
    const [volume, disk] = await folders()
    await using redis = await privateRedis('--appendonly', 'yes')
    const { child, has } = startWorker({
      ...{ REDIS_URL: redis.url, CHECKPOINT_CONTENT: 'sfw', DEVICE: 'cpu' },
      SDXL_CHECKPOINT: await writeCheckpoint(volume, 'tiny-single'),
      ...{ STAGE_FOLDER: disk, SDXL_SHA256: 'f'.repeat(64) },
    })
    expect(await once(child, 'exit')).toEqual([1, null])
    await has('SDXL_SHA256 is ffff')
    await has('fetch it anew, or mend the variable')
  })
})
