import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AutoModelForCausalLM, Tensor } from '@huggingface/transformers'
import { expect, onTestFinished, test } from 'vitest'
import { openQwen2Folder } from '../checkpoints/qwen2-folder.ts'
import { Graph } from '../graph/graph.ts'
import { toOnnx } from '../graph/onnx.ts'
import { portable } from '../graph/portable.ts'
import { readQwen2Golden, writeQwen2 } from './goldens/qwen2.ts'
import { qwen2 } from './qwen2.ts'

test("transformers.js' own text generation drives the plain form", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-transformers-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = await writeQwen2(folder, { variant: 'tied' })
  const { config, weight } = await openQwen2Folder(path)
  const graph = new Graph('qwen2', portable)
  qwen2(graph, config)
  await mkdir(join(path, 'onnx'))
  await writeFile(join(path, 'onnx', 'model.onnx'), toOnnx(graph, weight))

  const model = await AutoModelForCausalLM.from_pretrained(path, {
    local_files_only: true,
    device: 'cpu',
    dtype: 'fp32',
    session_options: {
      intraOpNumThreads: 1,
      extra: { session: { model_external_initializers_file_folder_path: '/' } },
    },
  })
  const { cases } = await readQwen2Golden()
  const { ids, greedy = [] } = cases.find(({ name }) => name === 'tied-33')!
  const row = (values: readonly number[]) =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
  const written = await model.generate({
    inputs: row(ids),
    attention_mask: row(ids.map(() => 1)),
    max_new_tokens: greedy.length,
    eos_token_id: 511,
  })
  if (!(written instanceof Tensor)) expect.unreachable()
  expect([...written.data].map(Number)).toEqual([...ids, ...greedy])
})
