import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { writeLora } from '#models/goldens/lora.ts'
import { i2i, temporaryFolder } from './i2i.case.ts'

const home = await temporaryFolder()
afterAll(() => home[Symbol.asyncDispose]())
const folder = home.path
const checkpoint = await writeCheckpoint(folder, 'tiny-folder')
await writeLora(folder, 'tiny-kohya')
await writeLora(folder, 'tiny-peft')
const loras = [
  { id: 'sea', file: 'tiny-kohya.safetensors', strength: 0.8 },
  { id: 'light', file: 'tiny-peft.safetensors', distillation: 'lightning', steps: 2 },
]
await writeFile(join(folder, 'loras.json'), JSON.stringify({ loras }))
const environment = { LORA_CATALOGUE: 'loras.json' }

test('quality turbo runs with the catalogue’s distilled LoRA beside the one that was asked for', async () => {
  const typed = ['generate', 'sea', '--lora', 'sea', '--quality', 'turbo', '--size', '64x64']
  const options = ['--checkpoint', checkpoint, '--seed', '1', '--json']
  const { status, stdout, stderr } = await i2i([...typed, ...options], folder, environment)
  expect(status, stderr).toBe(0)
  expect(JSON.parse(stdout).effective).toMatchObject({
    steps: 2,
    scheduler: 'euler_trailing',
    guidanceScale: 1,
    loras: [
      { name: 'tiny-kohya', strength: 0.8 },
      { name: 'tiny-peft', strength: 1 },
    ],
  })
})

test('an id that is not there is one sentence with the nearest', async () => {
  const typed = ['generate', 'x', '--lora', 'see:0.5', '--checkpoint', checkpoint]
  expect(await i2i(typed, folder, environment)).toEqual({
    status: 1,
    stdout: '',
    stderr: 'i2i: There is no LoRA see in the catalogue. The nearest is sea; all are sea, light.\n',
  })
})
