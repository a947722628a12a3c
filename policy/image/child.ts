/**
 * The classifier's process: an operator's networks, and one picture at a time. A run blocks it and cannot be cancelled, so
 * that it is meant to be killed. It knows no secret.
 */
import { messageOf, type RgbImage } from '#contract'
import { obey } from '#platform/child/obey.ts'
import { type Answers, type Command, failed, type Scores } from './messages.ts'
import { type OpenNetwork, openNetwork } from './open-network.ts'
import { pixelsFor } from './pixels-for.ts'
import { scoresOf } from './scores-of.ts'
import type { ClassifierSettings, NetworkSettings } from './settings.ts'

interface Opened {
  readonly settings: NetworkSettings
  readonly network: OpenNetwork
}

let opened: readonly Opened[] = []

obey<Command, Answers[keyof Answers]>(
  (command) => (command.kind === 'open' ? open(command.settings) : classify(command.picture)),
  (error) => failed(messageOf(error)),
)

async function open({ networks, threads }: ClassifierSettings): Promise<undefined> {
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
