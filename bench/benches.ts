/** The benches by name: what each says, what it takes, and the function that it is. */
import { benchColdStart } from './cold-start/cold-start.ts'
import { benchCompare } from './compare/compare.ts'
import { subjects } from './compare/subjects.ts'
import { benchDenoise } from './denoise/denoise.ts'
import { kinds } from './denoise/kinds.ts'
import { benchEnhance } from './enhance/enhance.ts'
import { enhanceUsage, readEnhance } from './enhance/usage.ts'
import { benchGateway } from './gateway/gateway.ts'
import { stores } from './gateway/stage.ts'
import type { Given, Options } from './given.ts'
import { benchGpu } from './gpu/gpu.ts'
import { loadUsage, readLoad } from './load/usage.ts'
import { deviceNamed } from './measure/device.ts'
import { benchOpen } from './open/open.ts'
import { benchPeer } from './peer/peer.ts'
import { subjectNames } from './peer/subjects.ts'
import { benchPolicy } from './policy/policy.ts'
import { benchQueue } from './queue/queue.ts'
import { benchRoofline } from './roofline/roofline.ts'
import { benchKernels } from './stand-in/kernels.ts'
import { benchTarget, RESULTS } from './target/target.ts'
import { benchVae } from './vae/vae.ts'

export interface Bench {
  readonly says: string
  /** What it takes beside options. */
  readonly operands?: readonly string[]
  readonly options: Options
  /** Whether its gate holds. The last line that it prints is one JSON object. */
  run(given: Given, print: (line: string) => void): Promise<boolean>
}

/** What most of them take. */
const common = { checkpoint: 'FILE' } as const
const against = { python: 'COMMAND', ...common } as const
const files = (given: Given) => ({
  checkpoint: given.text('checkpoint'),
  python: given.text('python'),
})
const device = (given: Given) => deviceNamed(given.text('device') ?? 'cpu')

/** Ten minutes, less what a machine needs to end. */
const GPU_SECONDS = 570

export const benches: Readonly<Record<string, Bench>> = {
  open: {
    says: 'five sessions on a full-size checkpoint: how long they take to open, what is written to disk',
    options: { rounds: 'N (5)', ...common },
    run: (given, print) =>
      benchOpen({ rounds: given.count('rounds') ?? 5, ...files(given) }, print),
  },
  peer: {
    says: 'one evaluation of the UNet, the VAE’s encoder and decoder at 512×512, against diffusers',
    options: {
      rounds: 'N (3)',
      evaluations: 'N (3)',
      subject: subjectNames.join(','),
      /** 12 GB. */
      prepared: '',
      ...against,
    },
    run: (given, print) =>
      benchPeer(
        {
          rounds: given.count('rounds') ?? 3,
          evaluations: given.count('evaluations') ?? 3,
          subjects: given.among('subject', subjectNames),
          prepared: given.isSet('prepared'),
          ...files(given),
        },
        print,
      ),
  },
  enhance: {
    says: 'tokens a second of Qwen 2.5, in one run and by the token, against transformers; 7B on a GPU',
    options: enhanceUsage,
    run: (given, print) => benchEnhance(readEnhance(given), print),
  },
  denoise: {
    says: 'whole pictures through the engine: MODIFY, COPY, four unguided evaluations; 20 GB with --peer',
    options: {
      device: 'cpu|cuda|webgpu (cpu)',
      size: 'PIXELS (256 on a CPU, else 1024)',
      kind: kinds.join(','),
      rounds: 'N (2)',
      runs: 'N (1)',
      peer: '',
      ...against,
    },
    run: (given, print) =>
      benchDenoise(
        {
          device: device(given),
          side: given.count('size'),
          kinds: given.among('kind', kinds),
          rounds: given.count('rounds') ?? 2,
          runs: given.count('runs') ?? 1,
          peer: given.isSet('peer'),
          ...files(given),
        },
        print,
      ),
  },
  vae: {
    says: 'encoder and decoder alone, whole and in tiles: time and memory, against diffusers',
    options: {
      device: 'cpu|cuda|webgpu (cpu)',
      size: 'PIXELS,… (256,512 on a CPU, else 1024)',
      tile: 'LATENTS (half the picture, at most 64)',
      rounds: 'N (2)',
      evaluations: 'N (2)',
      'ours-alone': '',
      ...against,
    },
    run: (given, print) =>
      benchVae(
        {
          device: device(given),
          sides: given.counts('size'),
          tile: given.count('tile'),
          rounds: given.count('rounds') ?? 2,
          evaluations: given.count('evaluations') ?? 2,
          peer: !given.isSet('ours-alone'),
          ...files(given),
        },
        print,
      ),
  },
  'cold-start': {
    says: 'from the start of a process to its first picture, file cache warm and cold; 20 GB with --peer',
    options: {
      device: 'cpu|cuda|webgpu (cpu)',
      size: 'PIXELS (256)',
      rounds: 'N (2)',
      peer: '',
      ...against,
    },
    run: (given, print) =>
      benchColdStart(
        {
          device: device(given),
          side: given.count('size') ?? 256,
          rounds: given.count('rounds') ?? 2,
          peer: given.isSet('peer'),
          ...files(given),
        },
        print,
      ),
  },
  gpu: {
    says: 'all that a machine with a GPU can tell, within ten minutes',
    options: {
      device: 'cuda|cpu|webgpu (cuda)',
      small: '',
      parts: 'NAME,…',
      limit: `SECONDS (${GPU_SECONDS})`,
      ...common,
    },
    run: (given, print) =>
      benchGpu(
        {
          device: given.text('device') ?? 'cuda',
          small: given.isSet('small'),
          parts: given.text('parts')?.split(',') ?? [],
          limitSeconds: given.count('limit') ?? GPU_SECONDS,
          ...files(given),
        },
        print,
      ),
  },
  kernels: {
    says: "what ONNX Runtime's CUDA provider makes of our networks: kernels, copies, memory; needs no GPU",
    options: { size: 'PIXELS (1024)', ...common },
    run: (given, print) =>
      benchKernels(
        { pixels: given.count('size') ?? 1024, checkpoint: given.text('checkpoint') },
        print,
      ),
  },
  queue: {
    says: 'what the queue and the daemon cost a job, beside BullMQ; needs redis-server, 3 minutes',
    options: { jobs: 'N (5000)', rounds: 'N (3)' },
    run: (given, print) =>
      benchQueue({ jobs: given.count('jobs') ?? 5000, rounds: given.count('rounds') ?? 3 }, print),
  },
  gateway: {
    says: 'requests at rates that are kept, reads, 2,000 event streams; needs redis-server and postgres, 3 minutes',
    options: {
      store: stores.join(','),
      rate: 'A SECOND,… (100,300,1000)',
      seconds: 'N (8)',
      streams: 'N (2000)',
      'stream-seconds': 'N (60)',
      profile: 'FOLDER',
    },
    run: (given, print) =>
      benchGateway(
        {
          stores: given.among('store', stores),
          rates: given.counts('rate') ?? [100, 300, 1_000],
          seconds: given.count('seconds') ?? 8,
          streams: given.count('streams') ?? 2_000,
          streamSeconds: given.count('stream-seconds') ?? 60,
          profile: given.text('profile'),
        },
        print,
      ),
  },
  load: {
    says: 'jobs at random times against a running gateway (npm start, then this): latency by mode, waits against theory',
    options: loadUsage,
    // Drawing needs packages that a machine which only measures may lack.
    run: async (given, print) => (await import('./load/load.ts')).benchLoad(readLoad(given), print),
  },
  dashboard: {
    says: 'every panel of a dashboard of Grafana’s, asked of a Prometheus that scrapes a run, and drawn',
    options: {
      prometheus: 'URL (http://127.0.0.1:9090)',
      minutes: 'N (30)',
      until: 'TIME (now), as 2026-12-01T12:00:00Z',
      file: 'FILE (ops/dashboard.json)',
    },
    run: async (given, print) =>
      (await import('./dashboard/dashboard.ts')).benchDashboard(
        {
          dashboard: given.text('file') ?? 'ops/dashboard.json',
          prometheus: given.text('prometheus') ?? 'http://127.0.0.1:9090',
          minutes: given.count('minutes') ?? 30,
          until: given.time('until'),
          results: RESULTS,
        },
        print,
      ),
  },
  roofline: {
    says: 'what a picture costs by the census of our graphs, and the least time on each card; measures nothing',
    options: { size: 'PIXELS (1024)' },
    run: (given, print) => benchRoofline({ pixels: given.count('size') ?? 1024 }, print),
  },
  policy: {
    says: 'what the policy adds to a job that is made, in processor time, without the look at pictures',
    options: { rounds: 'N (5)' },
    run: (given, print) => benchPolicy({ rounds: given.count('rounds') ?? 5 }, print),
  },
  target: {
    says: 'every demand, and what the newest results say of it',
    options: {},
    run: (_, print) => benchTarget({ folder: RESULTS }, print),
  },
  compare: {
    says: 'whether the working tree is faster than a git ref',
    operands: ['REF'],
    options: {
      bench: `${Object.keys(subjects).join('|')} (open)`,
      device: 'cpu|cuda|webgpu (cpu)',
      rounds: 'N (5)',
      ...common,
    },
    run: (given, print) =>
      benchCompare(
        {
          ref: given.positionals[0],
          bench: given.text('bench') ?? 'open',
          device: device(given),
          rounds: given.count('rounds') ?? 5,
          ...files(given),
        },
        print,
      ),
  },
  plots: {
    says: 'draws bench/results/*.svg from the results that are there',
    options: {},
    run: async (_, print) => (await import('./plots/plots.ts')).benchPlots(RESULTS, print),
  },
}
