import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setImmediate as macrotask, setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeImage } from '../decode.ts'
import { fitImage } from '../fit.ts'
import { sharp } from '../sharp.ts'
import { Decoder } from './decoder.ts'

/** What bounds memory; other systems than Linux have none. */
const hasPrlimit = existsSync('/usr/bin/prlimit')

let photograph: Uint8Array
/** 25 million pixels of 16 bits and four channels: 200 MB raw, in 2 MB. */
let large: Uint8Array
let decoder: Decoder
beforeAll(async () => {
  photograph = await readFile(fileURLToPath(new URL('../../../examples/cat.jpg', import.meta.url)))
  const background = { r: 200, g: 40, b: 90, alpha: 0.5 }
  const pixels = sharp({ create: { width: 5000, height: 5000, channels: 4, background } })
  large = await pixels.toColourspace('rgb16').png({ compressionLevel: 1 }).toBuffer()
  decoder = new Decoder()
})
afterAll(async () => {
  await decoder[Symbol.asyncDispose]()
})

describe('pictures', () => {
  test('come out as they do without a process, and at the size asked', async () => {
    const here = await decodeImage(photograph)
    expect(await decoder.decode(photograph)).toEqual(here)
    const fit = { width: 64, height: 96, mode: 'cover' } as const
    expect(await decoder.decode(photograph, { fit })).toEqual(fitImage(here, fit))
  })

  test('are measured as they are held', async () => {
    const turned = await sharp(photograph).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    expect(await decoder.measure(turned)).toEqual({ width: 300, height: 451 })
  })

  test('that are none are refused in the words of the one who looked', async () => {
    await expect(decoder.decode(Buffer.from('<html>'))).rejects.toMatchObject({
      code: 'image-unreadable',
      message:
        'This is an HTML page, not a picture that can be read. Save it as PNG, JPEG or WebP.',
    })
    await expect(decoder.decode(photograph, { limits: { maxPixels: 9 } })).rejects.toMatchObject({
      code: 'image-too-large',
    })
    await expect(decoder.measure(new Uint8Array())).rejects.toThrow('an empty file')
  })

  test('of the largest size are decoded within the limits', async () => {
    const { width, height, data } = await decoder.decode(large)
    expect([width, height, data.length]).toEqual([5000, 5000, 75_000_000])
    expect([...data.subarray(0, 3)]).toEqual([228, 148, 172].map((n) => expect.closeTo(n, -0.7)))
  })

  test('share one process', async () => {
    const { pid } = decoder
    await Promise.all([decoder.decode(photograph), decoder.measure(photograph)])
    expect(decoder.pid).toBe(pid)
  })
})

describe('what no picture can do', () => {
  test('crash more than its own job: the next is decoded by another process', async () => {
    await decoder.measure(photograph)
    const first = decoder.pid!
    process.kill(first, 'SIGSTOP')
    const decoding = decoder.decode(large)
    // It has been sent by then, and dies with it in hand.
    await macrotask()
    process.kill(first, 'SIGSEGV')
    process.kill(first, 'SIGCONT')
    await expect(decoding).resolves.toMatchObject({ width: 5000 })
    expect(decoder.pid).not.toBe(first)
  })

  test('crash two processes: it is refused', async () => {
    const started: number[] = []
    const onStart = (pid: number) => {
      started.push(pid)
      setTimeout(() => process.kill(pid, 'SIGSEGV'), 10)
    }
    await using fragile = new Decoder({ onStart })
    await expect(fragile.decode(large)).rejects.toMatchObject({
      code: 'image-unreadable',
      message: 'The picture crashes its decoder. Save it again, as another format.',
    })
    expect(new Set(started).size).toBe(2)
  })

  test('hang: a process that stops is killed when its time is up', async () => {
    const stopped: number[] = []
    const onStart = (pid: number) => {
      stopped.push(pid)
      process.kill(pid, 'SIGSTOP')
    }
    await using hasty = new Decoder({ timeLimit: 400, onStart })
    await expect(hasty.decode(photograph)).rejects.toMatchObject({
      code: 'image-unreadable',
      message: 'The picture took more than 0.4 s to decode. Save it again, or smaller.',
    })
    expect(stopped).toHaveLength(1)
    expect(() => process.kill(stopped[0] ?? Number.NaN, 0)).toThrow('ESRCH')
  })

  test.skipIf(!hasPrlimit)(
    'take all memory: it is refused, and a smaller one is decoded',
    async () => {
      await using small = new Decoder({ memoryLimit: 240 * 1024 ** 2 })
      await expect(small.decode(large)).rejects.toMatchObject({
        code: 'image-too-large',
        message: 'The picture takes more memory to decode than it may. Scale it down.',
      })
      await expect(small.decode(photograph)).resolves.toMatchObject({ width: 451 })
    },
  )
})

test.skipIf(!hasPrlimit)('a process that cannot start is not blamed on the picture', async () => {
  await using starved = new Decoder({ memoryLimit: 60 * 1024 ** 2 })
  await expect(starved.decode(photograph)).rejects.toMatchObject({
    code: 'out-of-memory',
    retryable: true,
  })
})

test('a picture that nobody waits for is given up at once, and one not begun is not begun', async () => {
  const controller = new AbortController()
  const decoding = decoder.decode(large, { signal: controller.signal })
  const next = decoder.decode(large, { signal: controller.signal })
  await sleep(30)
  controller.abort()
  await expect(decoding).rejects.toMatchObject({ code: 'cancelled' })
  await expect(next).rejects.toMatchObject({ code: 'cancelled' })
})
