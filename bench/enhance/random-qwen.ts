/** Folders of Qwen 2.5 in its true sizes, of random weights: what is timed where no real one may be had. */
import { createCipheriv } from 'node:crypto'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TensorToWrite, writeSafetensors } from '#models/checkpoints/write-safetensors.ts'
import { Graph } from '#models/graph/graph.ts'
import { portable } from '#models/graph/portable.ts'
import { type Qwen2Config, type Qwen2Size, qwen2, qwen25 } from '#models/networks/qwen2.ts'

const tiny: Qwen2Config = {
  ...{ vocabulary: 512, width: 64, hidden: 160, layers: 2, heads: 4, kvHeads: 2, headWidth: 16 },
  ...{ theta: 1e6, epsilon: 1e-6, tied: true },
}

export const sizes = { tiny, ...qwen25 } as const
export type SizeName = 'tiny' | Qwen2Size
export const sizeNames = ['tiny', '0.5B', '1.5B', '7B'] as const satisfies readonly SizeName[]

/**
 * The path of a folder with config.json and the weights in bfloat16: 1 GB for 0.5B, 15 GB for 7B. Written once, to
 * `$I2I_BENCH_DIR` or `.data/bench/`, the same on every machine. Throws where the disk is full.
 */
export async function randomQwen(name: SizeName, print: (line: string) => void): Promise<string> {
  const folder = join(process.env.I2I_BENCH_DIR ?? join('.data', 'bench'), `qwen-random-${name}`)
  const config = join(folder, 'config.json')
  // It is written last.
  if (await stat(config).catch(() => undefined)) return folder
  await mkdir(folder, { recursive: true })
  print(`writing random weights of a Qwen 2.5 ${name} to ${folder}`)
  await writeSafetensors(join(folder, 'model.safetensors'), randomTensors(sizes[name]), {
    format: 'pt',
  })
  await writeFile(config, `${JSON.stringify(configOf(sizes[name]), null, 2)}\n`)
  return folder
}

function randomTensors(config: Qwen2Config): TensorToWrite[] {
  const graph = new Graph('names', portable)
  qwen2(graph, config)
  const cipher = createCipheriv('aes-128-ctr', Buffer.from('i2i qwen2 random'), Buffer.alloc(16))
  return [...graph.parameters].map(([name, { shape }]) => {
    const count = shape.reduce((all, side) => all * side, 1)
    const data = () => (shape.length === 1 ? constant(name, count) : random(count, cipher))
    return { name, shape, type: 'BF16', data }
  })
}

/** Norms are 1, biases 0. */
const constant = (name: string, count: number): Uint8Array =>
  new Uint8Array(new Uint16Array(count).fill(name.includes('norm') ? 0x3f80 : 0).buffer)

/**
 * ±(1 to 2)·2⁻⁷, a standard deviation of 0.012, near the 0.02 of networks before training: sign and mantissa are random,
 * the exponent is -7 + 127. AES in counter mode over zeros: gigabytes a second, and the same everywhere.
 */
function random(count: number, cipher: ReturnType<typeof createCipheriv>): Uint8Array {
  const bytes = Uint8Array.from(cipher.update(Buffer.alloc(2 * count)))
  const halves = new Uint16Array(bytes.buffer)
  for (let i = 0; i < halves.length; i++) halves[i] = (halves[i]! & 0x807f) | (120 << 7)
  return bytes
}

/** As transformers reads it. */
function configOf(config: Qwen2Config): Record<string, unknown> {
  return {
    ...{ architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2', torch_dtype: 'bfloat16' },
    ...{ hidden_size: config.width, intermediate_size: config.hidden },
    ...{ num_hidden_layers: config.layers, vocab_size: config.vocabulary, hidden_act: 'silu' },
    ...{ num_attention_heads: config.heads, num_key_value_heads: config.kvHeads },
    ...{ rms_norm_eps: config.epsilon, rope_theta: config.theta, use_sliding_window: false },
    ...{ tie_word_embeddings: config.tied, max_position_embeddings: 32_768 },
    ...{ bos_token_id: config.vocabulary - 1, eos_token_id: config.vocabulary - 1 },
  }
}
