import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { writeLora } from '#models/goldens/lora.ts'
import { fitImage } from '#platform/image/fit.ts'
import { readImageFile } from '#platform/image/read-file.ts'
import { readParameters } from '#platform/image/read-parameters.ts'
import { ended } from '#platform/program.case.ts'
import { readProvenance } from '#platform/provenance/read-provenance.ts'
import { sourceTypes } from '#platform/provenance/xmp-packet.ts'
import { i2i, photo, startI2i, temporaryFolder } from './i2i.case.ts'

const home = await temporaryFolder()
afterAll(() => home[Symbol.asyncDispose]())
const folder = home.path
// A network of a native size of 128.
const checkpoint = await writeCheckpoint(join(folder, 'checkpoint'), 'tiny-folder')

const drawn = (name: string) => readFile(join(folder, name))

test('modify writes the picture it reports, the same for the same seed', async () => {
  const typed = ['modify', photo, 'a tabby cat', '--checkpoint', checkpoint, '--seed', '7']
  const options = ['--steps', '4', '--negative', 'dogs', '--json']
  const first = await i2i([...typed, ...options], folder)
  const second = await i2i([...typed, ...options, '--out', 'again.png'], folder)

  expect([first.status, second.status], first.stderr).toEqual([0, 0])
  const bytes = await drawn('cat-modify.png')
  expect(await drawn('again.png')).toEqual(bytes)
  const report = JSON.parse(first.stdout)
  expect(report).toMatchObject({
    pictures: [
      {
        path: join(folder, 'cat-modify.png'),
        width: 152,
        height: 104,
        seed: 7,
        format: 'png',
        sha256: createHash('sha256').update(bytes).digest('hex'),
      },
    ],
    mode: 'modify',
    prompt: 'a tabby cat',
    checkpoint,
    device: 'cpu',
  })
  const { size, ...effective } = report.effective
  expect(size).toEqual({ width: 152, height: 104 })
  expect(effective).toEqual({
    denoiseStrength: 0.5,
    evaluations: 2,
    steps: 4,
    networkRuns: 4,
    guidanceScale: 7.5,
    guidanceInterval: [0, 1],
    scheduler: 'euler',
    // Leading spacing with an offset of 1: timestep 251 of the scaled linear schedule.
    startingSigma: expect.closeTo(0.6984, 4),
    promptTokens: 3,
    promptWindows: 1,
    promptTruncated: false,
    promptSyntax: 'none',
    windows: null,
    negativePrompt: 'dogs',
    loras: [],
    drawnSize: size,
    vae: { precision: 'float32', tiled: false },
  })
  const { total, ...stages } = report.timings
  const sum = Object.values<number>(stages).reduce((a, b) => a + b)
  expect(Object.keys(stages)).toHaveLength(7)
  expect(sum).toBeGreaterThan(total / 3)
  expect(sum).toBeLessThan(total)
  expect(await readParameters(bytes)).toEqual({
    prompt: 'a tabby cat',
    seed: 7,
    width: 152,
    height: 104,
    strength: 0.5,
    model: 'tiny-folder',
    mode: 'modify',
    ...effective,
  })
  expect(first.stderr).toContain('denoising\n')
})

test('copy keeps the aspect of the photo and draws at most a twentieth anew', async () => {
  const typed = ['copy', photo, 'ignored', '--negative', 'too', '--denoise', '0.4', '--json']
  const files = ['--checkpoint', checkpoint, '--out', 'copy.webp']
  const { status, stdout, stderr } = await i2i([...typed, ...files], folder)
  expect(status, stderr).toBe(0)
  expect(stderr).toContain('i2i: copy has no use for the prompt, --negative: ignored.\n')
  const { pictures, effective } = JSON.parse(stdout)
  // 451 × 300 at 128² pixels.
  expect(pictures[0]).toMatchObject({ width: 160, height: 104, format: 'webp' })
  expect(effective).toMatchObject({ denoiseStrength: 0.05, evaluations: 1, guidanceScale: 1 })
  const told = await readParameters(await drawn('copy.webp'))
  expect(told).toMatchObject({ mode: 'copy', prompt: '', strength: 0.05, negativePrompt: null })
  const origin = await readProvenance(await drawn('copy.webp'))
  expect(origin).toMatchObject({ sourceType: sourceTypes.copy, model: basename(checkpoint) })
})

test('with served sizes a copy is drawn at the nearest, and brought back to its own', async () => {
  const typed = ['copy', photo, '--checkpoint', checkpoint, '--seed', '1', '--json', '--out']
  const served = { SERVED_SIZES: '128x128, 152x104' }
  const { status, stdout, stderr } = await i2i([...typed, 'served.png'], folder, served)
  expect(status, stderr).toBe(0)
  expect(stderr).toContain('i2i: Drawn at 152 × 104, the nearest of $SERVED_SIZES.\n')
  const size = { width: 160, height: 104 }
  const sizes = { size, drawnSize: { width: 152, height: 104 } }
  expect(JSON.parse(stdout).effective).toMatchObject(sizes)
  expect(await readImageFile(join(folder, 'served.png'))).toMatchObject(size)
})

test('a LoRA changes the picture as strongly as is asked, and both are told', async () => {
  const lora = await writeLora(folder, 'tiny-kohya')
  const draw = async (strength: string) => {
    const typed = ['generate', 'sea', '--seed', '1', '--steps', '1', '--guidance', '1', '--json']
    const options = ['--size', '64x64', '--checkpoint', checkpoint, '--out', 'lora.png']
    const ended = await i2i([...typed, ...options, '--lora', `${lora}:${strength}`], folder)
    expect(ended.status, ended.stderr).toBe(0)
    const bytes = await drawn('lora.png')
    const told = await readParameters(bytes)
    const loras = [{ name: 'tiny-kohya', strength: Number(strength) }]
    expect(JSON.parse(ended.stdout).effective).toMatchObject({ loras })
    expect(told).toMatchObject({ loras })
    return (await readImageFile(join(folder, 'lora.png'))).data
  }
  const [without, half, whole] = [await draw('0'), await draw('0.5'), await draw('1')]
  expect(half).not.toEqual(without)
  expect(half).not.toEqual(whole)
})

test('generate numbers its pictures and keeps a prompt of any characters', async () => {
  const prompt = 'sea 🌊🏽 "\u0007\u001b[31m\n\t\u007f',
    typed = ['generate', prompt, '--images', '2']
  const options = ['--steps', '1', '--seed', '0', '--size', '64x48', '--guidance', '1']
  const files = ['--checkpoint', checkpoint, '--out', 'sea.jpg']
  const { status, stdout, stderr } = await i2i([...typed, ...options, ...files], folder)
  expect(status, stderr).toBe(0)
  const work = '64 × 48, txt2img, 1 steps × 1 = 1 evaluation, guidance 1'
  const lines = stdout.trim().split('\n')
  expect(lines).toHaveLength(2)
  expect(lines[0]).toContain(`${join(folder, 'sea-1.jpg')}, ${work}, seed 0, `)
  expect(lines[1]).toContain(`${join(folder, 'sea-2.jpg')}, ${work}, seed 1, `)
  const told = await readParameters(await drawn('sea-2.jpg'))
  expect(told).toMatchObject({ prompt, seed: 1, mode: 'txt2img' })
  expect(told).not.toHaveProperty('strength')
  const { sourceType } = (await readProvenance(await drawn('sea-2.jpg'))) ?? {}
  expect(sourceType).toBe(sourceTypes.txt2img)
  expect(await drawn('sea-1.jpg')).not.toEqual(await drawn('sea-2.jpg'))
})

test('a denoise strength of 0 is the photo itself at that size', async () => {
  const typed = ['modify', photo, 'a cat', '--denoise', '0', '--aspect', '1:1', '--out', 'zero.png']
  const { status, stderr } = await i2i([...typed, '--checkpoint', checkpoint], folder)
  expect(status, stderr).toBe(0)
  const image = await readImageFile(join(folder, 'zero.png'))
  const expected = fitImage(await readImageFile(photo), { width: 128, height: 128, mode: 'cover' })
  expect(Buffer.from(image.data).equals(expected.data)).toBe(true)
})

test('a prompt of 10,000 characters is read, and what was cut of it or had no effect is told', async () => {
  const prompt = 'tree 🌲 '.repeat(1250)
  expect(prompt).toHaveLength(10_000)
  const typed = [
    'generate',
    prompt,
    '--steps',
    '1',
    '--guidance',
    '1',
    '--json',
    '--out',
    'long.png',
  ]
  const options = ['--checkpoint', checkpoint, '--windows', '2', '--negative', 'dogs']
  const { status, stdout, stderr } = await i2i([...typed, ...options], folder)
  expect(status, stderr).toBe(0)
  const cut = { promptTruncated: true, promptWindows: 2 }
  const unguided = { evaluations: 1, networkRuns: 1, negativePrompt: null }
  expect(JSON.parse(stdout).effective).toMatchObject({ ...cut, ...unguided })
  expect(stderr).toContain('i2i: No evaluation was guided, so that --negative did nothing.\n')
  expect(stderr).toContain('The prompt was longer than its 2 windows; the rest was not read.')
  expect(await readParameters(await drawn('long.png'))).toMatchObject({ prompt })
})

test('Ctrl-C ends a run and leaves nothing behind', async () => {
  const before = await readdir(folder)
  const typed = ['generate', 'sea', '--steps', '150', '--checkpoint', checkpoint, '--json']
  const child = startI2i(typed, folder)
  const end = ended(child)
  child.stderr.on('data', (text: string) => {
    if (text.includes('denoising')) child.kill('SIGINT')
  })
  const { status, stdout, stderr } = await end
  expect(status).toBe(130)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/denoising\ni2i: Cancelled; nothing was written\.\n$/)
  expect(await readdir(folder)).toEqual(before)
})
