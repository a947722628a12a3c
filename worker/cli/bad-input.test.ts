import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { writeSafetensors } from '#models/checkpoints/write-safetensors.ts'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { i2i, photo, temporaryFolder } from './i2i.case.ts'

const home = await temporaryFolder()
afterAll(() => home[Symbol.asyncDispose]())
const folder = home.path
const checkpoint = await writeCheckpoint(folder, 'tiny-folder')

await writeFile(join(folder, 'not.safetensors'), '<html><body>404</body></html>')
await writeFile(join(folder, 'not.jpg'), '%PDF-1.7 and so on')
await writeSafetensors(join(folder, 'sd15.safetensors'), [
  named('model.diffusion_model.input_blocks.0.0.weight'),
  named('cond_stage_model.transformer.text_model.embeddings.position_ids'),
])

await writeSafetensors(join(folder, 'lora15.safetensors'), [
  lora('down', [4, 768]),
  lora('up', [320, 4]),
])

/** Of SD 1.5, whose prompts are 768 wide. */
function lora(half: 'down' | 'up', shape: readonly number[]) {
  const block = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k'
  const data = new Uint8Array(shape.reduce((size, side) => size * side, 2))
  return { name: `${block}.lora_${half}.weight`, type: 'F16', shape, data } as const
}

function named(name: string) {
  return { name, type: 'F16', shape: [1], data: new Uint8Array(2) } as const
}

test.each([
  ['a photo that is not there', ['modify', 'no.jpg', 'x'], 'There is no file'],
  ['a picture that is none', ['copy', 'not.jpg'], 'This is a PDF document, not a picture'],
  [
    'numbers out of range, all at once',
    ['modify', photo, 'x', '--denoise', '-1', '--steps', '10000'],
    '--denoise must be from 0 to 1, not "-1"; --steps must be a whole number from 1 to 150',
  ],
  ['a missing folder', ['generate', 'x', '--out', 'no/x.png'], 'does not exist. Create it'],
  [
    'a LoRA for another model',
    ['generate', 'x', '--lora', 'lora15.safetensors', '--checkpoint', checkpoint],
    'lora15.safetensors: this LoRA is for SD 1.5: 0 of its 2 keys fit',
  ],
  [
    'a file that is no safetensors',
    ['generate', 'x', '--checkpoint', 'not.safetensors'],
    'not.safetensors is a web page, not a model',
  ],
  [
    'a checkpoint of SD 1.5',
    ['generate', 'x', '--checkpoint', 'sd15.safetensors'],
    'sd15.safetensors: this is SD 1.5',
  ],
])('%s is one sentence, exit 1, and nothing written', async (_, typed, sentence) => {
  const before = await readdir(folder)
  const { status, stdout, stderr } = await i2i(typed, folder)
  expect(status).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^i2i: [^\n]+\n$/)
  expect(stderr).toContain(sentence)
  expect(await readdir(folder)).toEqual(before)
})

test('without a word the help is an error; asked for, it is the result', async () => {
  const [bare, asked] = await Promise.all([i2i([], folder), i2i(['modify', '--help'], folder)])
  expect(bare).toEqual({ status: 1, stdout: '', stderr: asked.stdout })
  expect(asked).toMatchObject({ status: 0, stderr: '' })
  expect(asked.stdout).toContain('npm run i2i -- modify PHOTO "prompt"')
})
