/**
 * The engine's process: networks on a device, and one command at a time. It blocks while a network
 * runs, may run out of memory or hang, and is meant to be killed then.
 */
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { downscale } from '#models/networks/vae.ts'
import { generate } from '#pipeline/generate.ts'
import type { Networks } from '#pipeline/networks.ts'
import type { Progress } from '#pipeline/stages.ts'
import { obey, type Turn } from '#platform/child/obey.ts'
import { chooseDevice } from './choose-device.ts'
import { failureIn } from './failure-of.ts'
import type { Answers, Command, EngineInfo } from './messages.ts'
import { openNetworks } from './open-networks.ts'
import { sizesKept } from './sizes-kept.ts'
import { warmUpRequest } from './warm-up.ts'

let networks: Networks | undefined
let turn: Turn<Progress>

obey<Command, Answers[keyof Answers], Progress>((command, now) => {
  turn = now
  return execute(command, now)
}, failureIn)

async function execute(
  command: Command,
  { signal, begin, report }: Turn<Progress>,
): Promise<Answers[keyof Answers]> {
  switch (command.kind) {
    case 'load':
      return load(command)
    case 'warmUp':
      await generate(loaded(), warmUpRequest(loaded(), command.size), {
        onProgress: ({ stage }) => begin(stage),
      })
      return undefined
    case 'run':
      return generate(loaded(), command.request, {
        signal,
        onProgress: (progress) => {
          begin(progress.stage)
          report(progress)
        },
      })
    case 'memory':
      return {
        resident: process.memoryUsage.rss(),
        peakResident: process.resourceUsage().maxRSS * 1024,
      }
  }
}

async function load({
  checkpoint: path,
  device: choice,
  threads,
  gpu,
  reserved,
  loras,
  frugal = false,
}: Extract<Command, { kind: 'load' }>): Promise<EngineInfo> {
  // It has started: from here on time is the checkpoint's.
  turn.begin('load')
  const checkpoint = await openCheckpoint(path)
  const chosen = await chooseDevice(choice, gpu)
  const opened = await openNetworks(checkpoint, {
    device: chosen.device,
    threads,
    loras,
    frugal,
    sizesKept: frugal ? 1 : await sizesKept(chosen.device, { gpu, reserved }),
    // Whatever the turn: a network may be opened in a later one than that which was told to load it.
    onOpen: (name) => turn.begin(`load ${name}`),
  })
  networks = opened
  const pixelsPerLatent = downscale(checkpoint.vae.config)
  const { sampleSize } = checkpoint.unet.config
  return {
    checkpoint: checkpoint.path,
    ...chosen,
    nativeSize: sampleSize * pixelsPerLatent,
    pixelsPerLatent,
    vae: opened.vaeUse({ height: sampleSize, width: sampleSize }),
  }
}

function loaded(): Networks {
  if (!networks) throw new Error('the engine was told to run before it was told to load')
  return networks
}
