import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readClassifierSettings } from './settings.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-classifier-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const least = {
  version: '1',
  networks: [
    {
      file: 'nsfw.onnx',
      input: { width: 224, height: 224, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      labels: ['normal', 'nsfw'],
      activation: 'softmax',
      signs: [{ label: 'nsfw', sign: 'nsfw', threshold: 0.6 }],
    },
  ],
}

async function read(given: unknown) {
  const path = join(folder, 'classifier.json')
  await writeFile(path, typeof given === 'string' ? given : JSON.stringify(given))
  return await readClassifierSettings(path)
}

it('the least that must be said is filled in, and files lie beside the settings', async () => {
  expect(await read(least)).toEqual({
    ...{ version: '1', threads: 2, deadlineMs: 20_000 },
    networks: [
      {
        ...least.networks[0],
        file: join(folder, 'nsfw.onnx'),
        input: {
          ...{ width: 224, height: 224, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
          ...{ resize: 'stretch', filter: 'linear', layout: 'nchw', channels: 'rgb' },
        },
        signs: [{ label: 'nsfw', sign: 'nsfw', threshold: 0.6, floor: 0.6 }],
      },
    ],
  })
})

it('every field that is wrong is named at once, with its mend', async () => {
  const wrong = {
    version: '',
    thread: 2,
    networks: [
      {
        file: 'a.onnx',
        input: { width: 0, height: 224, mean: [0.5], std: [0, 1, 1], layout: 'hwc' },
        labels: ['nsfw', 'nsfw'],
        activation: 'relu',
        signs: [
          { label: 'nsfw', sign: 'nude', threshold: 2 },
          { label: 'nsfw', sign: 'minor', threshold: 0.2, floor: 0.3 },
        ],
      },
    ],
  }
  const told = await read(wrong).catch(({ message }) => message)
  for (const each of [
    'version must not be empty',
    'the whole has no field thread',
    'networks.0.input.width must be a whole number from 8 to 2048',
    'networks.0.input.mean must be three numbers',
    'networks.0.input.std.0 must be over 0',
    'networks.0.input.layout must be one of nchw, nhwc',
    'networks.0.activation must be one of softmax, sigmoid, none',
    'networks.0.signs.0.sign must be one of nsfw, minor, refused',
    'networks.0.signs.0.threshold must be 1 at most',
    'networks.0.signs.1.floor must be threshold at most',
  ]) {
    expect(told).toContain(each)
  }
})

it('what contradicts itself is told so', async () => {
  const [network] = least.networks
  const of = (changed: object) => ({ ...least, networks: [{ ...network, ...changed }] })
  const sign = { label: 'nude', sign: 'nsfw', threshold: 0.5 }
  await expect(read(of({ signs: [sign] }))).rejects.toThrow(
    'networks.0.signs.0.label is nude, which is none of labels',
  )
  await expect(read(of({ labels: ['nsfw', 'nsfw'] }))).rejects.toThrow('labels name nsfw twice')
  const minor = { ...sign, label: 'nsfw', sign: 'minor' }
  await expect(read(of({ signs: [minor] }))).rejects.toThrow(
    'networks say of no label that it means nsfw',
  )
})

it('a file that is not there, or is no JSON, is named with the variable that names it', async () => {
  await expect(read('{')).rejects.toMatchObject({
    code: 'configuration-invalid',
    message: expect.stringMatching(/classifier\.json \(POLICY_CLASSIFIER\) will not do: .*JSON/),
  })
  await expect(readClassifierSettings(join(folder, 'none.json'))).rejects.toThrow('ENOENT')
  await expect(read([])).rejects.toThrow('the whole must be an object')
})
