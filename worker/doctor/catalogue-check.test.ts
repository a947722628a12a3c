import { expect, test } from 'vitest'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { writeLora } from '#models/goldens/lora.ts'
import { catalogueIn } from '#worker/loras/catalogue.case.ts'
import { checkCatalogue } from './catalogue-check.ts'
import { readConfig } from './config.ts'

const lookAt = (variables: NodeJS.ProcessEnv) => checkCatalogue({ config: readConfig(variables) })

test('no catalogue is nothing to tell of', async () => {
  expect(await lookAt({})).toBeUndefined()
})

test('one whose LoRAs fit the checkpoint is well, and one of an empty file is not', async () => {
  const { folder } = await catalogueIn([])
  const lora = await writeLora(folder, 'tiny-kohya')
  const SDXL_CHECKPOINT = await writeCheckpoint(folder, 'tiny-single')
  const fitting = await catalogueIn([{ id: 'sea', file: lora }])
  const variables = { SDXL_CHECKPOINT, LORA_CATALOGUE: fitting.path }
  expect(await lookAt(variables)).toMatchObject({
    status: 'ok',
    found: `${fitting.path}, 1 of them; all fit the checkpoint`,
  })

  const empty = await catalogueIn([{ id: 'void', file: 'void.safetensors' }])
  expect(await lookAt({ ...variables, LORA_CATALOGUE: empty.path })).toMatchObject({
    status: 'wrong',
    found: expect.stringContaining('void'),
    isInTheWay: true,
  })
})

test('one that is not there is named', async () => {
  expect(await lookAt({ LORA_CATALOGUE: '/no/such/loras.json' })).toMatchObject({
    status: 'wrong',
    found: expect.stringContaining('/no/such/loras.json'),
  })
})
