/** Gathers the tensors of one network's folder: one file or several, in full or half precision. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract'
import { parseFields, readJson } from './json-file.ts'
import { readSafetensors, type StoredTensor } from './safetensors.ts'

/**
 * The tensors of `folder`, whose weights' files are named `stem` ("model", "diffusion_pytorch_model"), by name. The
 * full precision is taken where both are there.
 * Throws Failure('checkpoint-invalid') where there are no weights, only pickled ones, or damaged ones.
 */
export async function readFolderTensors(
  folder: string,
  stem: string,
): Promise<ReadonlyMap<string, StoredTensor>> {
  const entries = await list(folder)
  const found = candidates(stem).find((name) => entries.includes(name))
  if (!found) throw withoutWeights(folder, { entries, stem })
  const path = join(folder, found)
  return found.endsWith('.json') ? readShards(folder, path) : (await readSafetensors(path)).tensors
}

/** diffusers and transformers have each put the variant elsewhere in the index's name, and so have their versions. */
function candidates(stem: string): string[] {
  return [
    `${stem}.safetensors`,
    `${stem}.safetensors.index.json`,
    `${stem}.fp16.safetensors`,
    `${stem}.safetensors.index.fp16.json`,
    `${stem}.fp16.safetensors.index.json`,
    `${stem}.safetensors.fp16.index.json`,
  ]
}

const indexFields = z.object({ weight_map: z.record(z.string(), z.string()) })

async function readShards(
  folder: string,
  indexPath: string,
): Promise<ReadonlyMap<string, StoredTensor>> {
  const { weight_map: map } = parseFields(indexFields, await readJson(indexPath), indexPath)
  const shards = new Map<string, ReadonlyMap<string, StoredTensor>>()
  for (const shard of new Set(Object.values(map))) {
    // An index is a stranger's: it may name files of its own folder only.
    if (!/^[\w.-]+\.safetensors$/.test(shard)) {
      throw new Failure(
        'checkpoint-invalid',
        `${indexPath} names the file ${JSON.stringify(shard)}, which is not a .safetensors file beside it: download it again.`,
      )
    }
    shards.set(shard, (await readSafetensors(join(folder, shard))).tensors)
  }
  const tensors = new Map<string, StoredTensor>()
  for (const [name, shard] of Object.entries(map)) {
    const tensor = shards.get(shard)?.get(name)
    if (!tensor) {
      throw new Failure(
        'checkpoint-invalid',
        `${indexPath} promises the tensor ${name} in ${shard}, which has none of that name: download both again.`,
      )
    }
    tensors.set(name, tensor)
  }
  return tensors
}

function withoutWeights(
  folder: string,
  { entries, stem }: { readonly entries: readonly string[]; readonly stem: string },
): Failure {
  const pickled = entries.find((name) => /\.(bin|ckpt|pt|pth)$/.test(name))
  const what = pickled
    ? `has its weights only as a PyTorch pickle (${pickled}), which can run code when it is read`
    : `has no weights (${stem}.safetensors)`
  return new Failure(
    'checkpoint-invalid',
    `${folder} ${what}: download the .safetensors files, or save the pipeline with safe_serialization=True.`,
  )
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    throw new Failure(
      'checkpoint-invalid',
      `${folder} cannot be read: a diffusers checkpoint has a folder of that name; download it again.`,
      { cause },
    )
  }
}
