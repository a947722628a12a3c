/**
 * The engine's process: networks on a device, and one command at a time. It blocks while a network
 * runs, may run out of memory or hang, and is meant to be killed then.
 */
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { downscale } from '#models/networks/vae.ts'
import { generate } from '#pipeline/generate.ts'
import type { Networks } from '#pipeline/networks.ts'
import { chooseDevice } from './choose-device.ts'
import { codeOf, messageFor } from './failure-of.ts'
import type { Answers, Command, EngineInfo, FromEngine, ToEngine } from './messages.ts'
import { openNetworks } from './open-networks.ts'
import { sizesKept } from './sizes-kept.ts'
import { warmUpRequest } from './warm-up.ts'

let networks: Networks | undefined
let running: Running | undefined

interface Running {
  readonly id: number
  readonly controller: AbortController
  stage: string
}

const say = (message: FromEngine): void => {
  process.send?.(message)
}

process.on('message', (message: ToEngine) => {
  if (message.kind === 'command') void obey(message.id, message.command)
  else if (message.id === running?.id) running.controller.abort()
})
// Ctrl-C reaches the whole group of a terminal's processes: what to do about it is the parent's to say.
process.on('SIGINT', () => {})
// The parent is gone, or has let go: nothing here is worth finishing.
process.on('disconnect', () => process.exit(0))

async function obey(id: number, command: Command): Promise<void> {
  const controller = new AbortController()
  const now: Running = { id, controller, stage: command.kind }
  running = now
  try {
    say({ kind: 'answer', id, answer: await execute(id, command, controller.signal) })
  } catch (error) {
    const code = codeOf(error, controller.signal.aborted)
    say({ kind: 'failed', id, code, message: messageFor(error, code, now.stage) })
  } finally {
    running = undefined
  }
}

async function execute(
  id: number,
  command: Command,
  signal: AbortSignal,
): Promise<Answers[keyof Answers]> {
  // A network may be opened in a later command than the one that was told to load it.
  const onStage = (stage: string) => {
    if (running) running.stage = stage
    say({ kind: 'stage', id: running?.id ?? id, stage })
  }
  switch (command.kind) {
    case 'load':
      return load(command, onStage)
    case 'warmUp':
      await generate(loaded(), warmUpRequest(loaded(), command.size), {
        onProgress: ({ stage }) => onStage(stage),
      })
      return undefined
    case 'run':
      return generate(loaded(), command.request, {
        signal,
        onProgress: (progress) => {
          onStage(progress.stage)
          say({ kind: 'progress', id, progress })
        },
      })
    case 'memory':
      return {
        resident: process.memoryUsage.rss(),
        peakResident: process.resourceUsage().maxRSS * 1024,
      }
  }
}

async function load(
  {
    checkpoint: path,
    device: choice,
    threads,
    gpu,
    reserved,
    loras,
    frugal = false,
  }: Extract<Command, { kind: 'load' }>,
  onStage: (stage: string) => void,
): Promise<EngineInfo> {
  onStage('load')
  const checkpoint = await openCheckpoint(path)
  const chosen = await chooseDevice(choice, gpu)
  const opened = await openNetworks(checkpoint, {
    device: chosen.device,
    threads,
    loras,
    frugal,
    sizesKept: frugal ? 1 : await sizesKept(chosen.device, { gpu, reserved }),
    onOpen: (name) => onStage(`load ${name}`),
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
