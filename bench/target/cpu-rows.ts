/** What is demanded of a machine without a GPU, and of everything that no GPU has a part in. */
import { z } from 'zod'
import { MOST_MS } from '../open/open.ts'
import { MOST_RATIO, MOST_RELATIVE_ERROR } from '../peer/comparison.ts'
import { enhanceRows } from './enhance-rows.ts'
import { gatewayRows } from './gateway-rows.ts'
import { measured } from './measured.ts'
import { queueRows } from './queue-rows.ts'
import type { ResultFile } from './result-files.ts'
import { type Demand, judge, type Row } from './verdict.ts'

/** The rows of DESIGN section 8, in its order. */
export function cpuRows(files: readonly ResultFile[]): Row[] {
  return [
    ...elsewhere.parity.map((demand) => judge(demand, undefined)),
    judge(fullSizeParity, measured(files, peer, largestError)),
    judge(
      open,
      measured(files, opening, ({ summary }) => summary['in-place'].sinceLaunchMs.median),
    ),
    judge(copied, measured(files, opening, bytesCopied)),
    judge(unetRatio, measured(files, peer, ratioOfUnet)),
    ...enhanceRows(files),
    ...queueRows(files),
    ...gatewayRows(files),
    ...elsewhere.later.map((demand) => judge(demand, undefined)),
  ]
}

const fullSizeParity: Demand = {
  what: 'networks of true size against diffusers, relative error',
  unit: '',
  gate: { most: MOST_RELATIVE_ERROR },
  goal: { most: 1e-5 },
  by: 'bench peer',
}

const open: Demand = {
  what: 'open a 6.9 GB checkpoint on a CPU',
  unit: 'ms',
  gate: { most: MOST_MS },
  by: 'bench open',
}

const copied: Demand = {
  what: 'bytes copied to the disk in opening it',
  unit: 'bytes',
  gate: { most: 0 },
  by: 'bench open',
}

const unetRatio: Demand = {
  what: 'evaluation of the UNet on a CPU, ours over diffusers',
  unit: '',
  gate: { most: MOST_RATIO },
  goal: { most: 0.8 },
  by: 'bench peer',
}

/** Kept in no file: their commands give their verdicts themselves, or are not there yet. */
const elsewhere = {
  parity: [
    {
      what: 'each network against diffusers, tiny weights',
      unit: '',
      gate: { most: 1e-4 },
      goal: { most: 1e-5 },
      by: 'npm run parity',
    },
    {
      what: 'whole pictures against diffusers',
      unit: 'dB',
      gate: { least: 50 },
      by: 'npm run parity',
    },
    { what: 'census of SDXL off by', unit: 'tensors', gate: { most: 0 }, by: 'npm test' },
  ],
  later: [
    {
      what: 'of 10,000 jobs lost or finished twice under SIGKILL',
      unit: 'jobs',
      gate: { most: 0 },
      by: 'npm run accounting',
    },
  ],
} as const satisfies Record<string, readonly Demand[]>

/** What bench `open` keeps. */
const opening = z.object({
  bench: z.literal('open-cpu'),
  summary: z.object({ 'in-place': z.object({ sinceLaunchMs: z.object({ median: z.number() }) }) }),
  raw: z.object({
    'in-place': z.array(
      z.object({ traffic: z.object({ toDisk: z.number() }), temporaryBytes: z.number() }),
    ),
  }),
})

const bytesCopied = ({ raw }: z.infer<typeof opening>): number =>
  Math.max(...raw['in-place'].map(({ traffic, temporaryBytes }) => traffic.toDisk + temporaryBytes))

/** What bench `peer` keeps, of all three networks. */
const peer = z.object({
  bench: z.literal('peer-cpu'),
  subjects: z
    .array(z.object({ subject: z.string(), ratio: z.number(), relativeError: z.number() }))
    .min(3),
})

const largestError = ({ subjects }: z.infer<typeof peer>): number =>
  Math.max(...subjects.map(({ relativeError }) => relativeError))

const ratioOfUnet = ({ subjects }: z.infer<typeof peer>): number | undefined =>
  subjects.find(({ subject }) => subject === 'unet')?.ratio
