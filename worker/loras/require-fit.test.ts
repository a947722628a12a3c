import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { writeLora } from '#models/goldens/lora.ts'
import { loraFile } from '#models/lora/lora-files.case.ts'
import { catalogueIn } from './catalogue.case.ts'
import { readCatalogue } from './catalogue.ts'
import { requireFit } from './require-fit.ts'

test('a catalogue of LoRAs for the checkpoint fits; each that is not for it is named', async () => {
  const block = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k'
  const sd15 = await loraFile({
    [`${block}.lora_down.weight`]: [4, 768],
    [`${block}.lora_up.weight`]: [320, 4],
  })
  const { folder, path } = await catalogueIn([
    { id: 'kohya', file: 'tiny-kohya.safetensors' },
    { id: 'peft', file: 'tiny-peft.safetensors' },
  ])
  await writeLora(folder, 'tiny-kohya')
  await writeLora(folder, 'tiny-peft')
  const checkpoint = await openCheckpoint(await writeCheckpoint(folder, 'tiny-single'))
  await requireFit(await readCatalogue(path), checkpoint)

  const other = await catalogueIn([
    { id: 'kohya', file: join(folder, 'tiny-kohya.safetensors') },
    { id: 'old', file: 'old.safetensors' },
    { id: 'torn', file: 'torn.safetensors' },
  ])
  const old = join(other.folder, 'old.safetensors')
  await rename(sd15, old)
  const catalogue = await readCatalogue(other.path)
  const failure = await requireFit(catalogue, checkpoint).catch((error) => error)
  expect(failure).toMatchObject({ code: 'checkpoint-unsupported', fault: 'operator' })
  expect(failure.message).toContain(
    `The LoRA catalogue ${other.path} does not fit the checkpoint: ` +
      `old: ${old}: this LoRA is for SD 1.5: 0 of its 2 keys fit`,
  )
  expect(failure.message).toContain(`torn: ${join(other.folder, 'torn.safetensors')} `)
  expect(failure.message).not.toContain('kohya')
})
