/**
 * The classifier's process: an operator's networks, and one picture at a time. A run blocks it and cannot be cancelled, so
 * that it is meant to be killed. It knows no secret.
 */
import { messageOf, type RgbImage } from '#contract'
import type { FromClassifier, Scores, ToClassifier } from './messages.ts'
import { type OpenNetwork, openNetwork } from './open-network.ts'
import { pixelsFor } from './pixels-for.ts'
import { scoresOf } from './scores-of.ts'
import type { ClassifierSettings, NetworkSettings } from './settings.ts'

interface Opened {
  readonly settings: NetworkSettings
  readonly network: OpenNetwork
}

let opened: readonly Opened[] = []

process.on('message', (message: ToClassifier) => {
  if (message.kind === 'open') {
    open(message.settings).then(
      () => say({ kind: 'ready' }),
      (error) => say({ kind: 'unopened', message: messageOf(error) }),
    )
    return
  }
  const { id } = message
  classify(message.picture).then(
    (scores) => say({ kind: 'answer', id, scores }),
    (error) => say({ kind: 'failed', id, message: messageOf(error) }),
  )
})
// Ctrl-C reaches the whole group of a terminal's processes: what to do about it is the parent's to say.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))

async function open({ networks, threads }: ClassifierSettings): Promise<void> {
  const found: Opened[] = []
  for (const settings of networks) {
    const { file, input } = settings
    const network = await openNetwork(file, { input, threads }).catch(naming(file))
    found.push({ settings, network })
  }
  opened = found
}

async function classify(picture: RgbImage): Promise<Scores> {
  if (opened.length === 0) throw new Error('it was asked before its networks were open')
  const scores: (readonly number[])[] = []
  for (const { settings, network } of opened) {
    const { file, input } = settings
    const own = async () => scoresOf(await network.run(pixelsFor(picture, input)), settings)
    scores.push(await own().catch(naming(file)))
  }
  return scores
}

const naming = (file: string) => (cause: unknown) => {
  throw new Error(`${file}: ${messageOf(cause)}`, { cause })
}

function say(message: FromClassifier): void {
  process.send?.(message)
}
