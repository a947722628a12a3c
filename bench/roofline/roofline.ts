/** Bench `roofline`: what pictures cost by the census of our own graphs, and the least time that each card could take. */
import { type Planned, plan } from '#contract'
import { begin, keepResults } from '../measure/results.ts'
import { columns, duration } from '../measure/table.ts'
import { type Floor, floorOf } from './floor.ts'
import { gpuPeaks } from './gpu-peaks.ts'
import { type Cost, networkCost } from './network-cost.ts'

interface Stage {
  readonly network: 'textEncoder' | 'textEncoder2' | 'vaeEncoder' | 'unet' | 'vaeDecoder'
  /** Of the whole picture. */
  readonly runs: number
  readonly cost: Cost
}

interface Row {
  readonly card: string
  readonly mode: string
  readonly floorMs: number
  readonly stages: readonly (Floor & Pick<Stage, 'network' | 'runs'>)[]
}

/** Prints a table; the last line is one JSON object. Always true: nothing is measured. */
export async function benchRoofline(
  { pixels }: { readonly pixels: number },
  print: (line: string) => void,
): Promise<boolean> {
  const circumstances = begin()
  const pictures = [plan('modify', {}, 1), plan('copy', {}, 1)]
  const modes = pictures.map((picture) => ({
    mode: picture.mode,
    stages: stagesOf(picture, pixels),
  }))
  const rows = gpuPeaks.flatMap((peak) =>
    modes.map(({ mode, stages }): Row => {
      const floors = stages.map(({ network, runs, cost }) => ({
        network,
        runs,
        ...floorOf(cost, 'float16', peak),
      }))
      const floorMs = floors.reduce((all, floor) => all + floor.runs * floor.floorMs, 0)
      return { card: peak.name, mode, floorMs, stages: floors }
    }),
  )
  const cells = gpuPeaks.map(({ name }) => [
    name,
    ...rows.filter(({ card }) => card === name).map(({ floorMs }) => duration(floorMs)),
  ])
  for (const line of columns([['floor', ...modes.map(({ mode }) => mode)], ...cells])) print(line)
  const results = await keepResults('roofline', circumstances, {
    what: `one picture at ${pixels}×${pixels} in float16, with the cuda lowering; no card was asked`,
    modes,
    rows,
  })
  const teraOperations = Object.fromEntries(
    modes.map(({ mode, stages }) => [mode, Number((operationsOf(stages) / 1e12).toPrecision(4))]),
  )
  print(JSON.stringify({ bench: 'roofline', teraOperations, results }))
  return true
}

function stagesOf({ evaluations, networkRuns }: Planned, pixels: number): Stage[] {
  // Guidance takes a second prompt.
  const prompts = networkRuns > evaluations ? 2 : 1
  const runs = {
    textEncoder: prompts,
    textEncoder2: prompts,
    vaeEncoder: 1,
    unet: networkRuns,
    vaeDecoder: 1,
  } as const
  const options = {
    size: { width: pixels, height: pixels },
    device: 'cuda',
    precision: 'float16',
    weights: 'prepared',
  } as const
  const networks = ['textEncoder', 'textEncoder2', 'vaeEncoder', 'unet', 'vaeDecoder'] as const
  return networks.map((network) => ({
    network,
    runs: runs[network],
    cost: networkCost(network, options),
  }))
}

const operationsOf = (stages: readonly Stage[]): number =>
  stages.reduce((all, { runs, cost }) => all + runs * cost.operations, 0)
