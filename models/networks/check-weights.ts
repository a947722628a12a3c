/** Asks a checkpoint for every weight that its networks read, so that one that lacks some is found before it is run. */
import type { Checkpoint } from '../checkpoints/checkpoint.ts'
import type { Part } from '../checkpoints/part.ts'
import { Graph } from '../graph/graph.ts'
import { portable } from '../graph/portable.ts'
import { prune } from '../graph/prune.ts'
import { clipText } from './clip-text.ts'
import { unet } from './unet.ts'
import { vaeDecoder, vaeEncoder } from './vae.ts'

/**
 * Reads headers alone. Throws what `Part.weight` throws of the first that is missing or of another shape; returns the
 * names in the files that mean nothing to any network.
 */
export function checkWeights(checkpoint: Checkpoint): readonly string[] {
  const anySize = { height: null, width: null }
  const { textEncoder, textEncoder2, vae } = checkpoint
  check(textEncoder, (graph) => clipText(graph, textEncoder.config))
  check(textEncoder2, (graph) => clipText(graph, textEncoder2.config))
  check(checkpoint.unet, (graph) => unet(graph, checkpoint.unet.config, anySize))
  check(vae, (graph) => vaeEncoder(graph, vae.config, anySize))
  check(vae, (graph) => vaeDecoder(graph, vae.config, anySize))
  return checkpoint.unused()
}

function check({ weight }: Pick<Part<unknown>, 'weight'>, write: (graph: Graph) => void): void {
  const graph = new Graph('checked', portable)
  write(graph)
  const needed = new Set(prune(graph).parameters.map(({ name }) => name))
  for (const { name, shape } of graph.parameters.values()) {
    if (needed.has(name)) {
      weight(name, shape)
      continue
    }
    try {
      // The last layer of CLIP-L is never run: it may be missing, but is not unknown.
      weight(name, shape)
    } catch {}
  }
}
