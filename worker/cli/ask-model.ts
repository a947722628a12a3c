/** A model that is opened for one prompt and ended before anything is drawn, so that the card is the engine's alone. */
import { resolve } from 'node:path'
import { Failure } from '#contract'
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import { unlessAborted } from '#worker/engine/unless-aborted.ts'
import { noModel, wordOf } from '#worker/enhance/absence.ts'
import { Enhancer } from '#worker/enhance/enhancer.ts'
import type { LoadProgress, QwenPlace } from '#worker/enhance/messages.ts'
import {
  type EnhancedPrompt,
  type EnhancementWish,
  enhancePrompt,
} from '#worker/enhance/prompting/enhance-prompt.ts'
import { readShippedRules } from '../../policy/read-rules.ts'
import { findSigns } from '../../policy/words/find-signs.ts'
import { createLexicon } from '../../policy/words/lexicon.ts'
import type { Arguments } from './arguments.ts'
import { deviceChoices, MAX_THREADS } from './config.ts'
import { killedWithUs } from './killed-with-us.ts'
import { countOf, oneOf } from './option-values.ts'
import type { Surroundings } from './run.ts'

export interface Asking extends Surroundings, Pick<Arguments, 'given'> {}

/**
 * Throws the Failure of a folder that will not do, with its mend. What goes wrong after that is told, and the prompt
 * stands as it was written. A person waits here and nobody behind them, so no time is set to it.
 */
export async function askModel(wish: EnhancementWish, asking: Asking): Promise<EnhancedPrompt> {
  const { config, line, signal } = asking
  if (config.enhancer.path === undefined) return asWritten(wish, noModel.word)
  const { ready, ...told } = readiness()
  const onRounded = (share: LoadProgress) =>
    line.share('rounding Qwen 2.5 to four bits, once', share)
  await using enhancer = new Enhancer({ place: placeOf(asking), onRounded, ...told })
  using _ = killedWithUs(enhancer)
  line.state(`opening ${config.enhancer.path}`)
  const info = await unlessAborted(enhancer.check(), signal)
  try {
    enhancer.load(info)
    await unlessAborted(ready, signal)
    line.state('continuing the prompt')
    const lexicon = createLexicon(readShippedRules())
    const { template } = config.enhancer
    const parts = {
      ...{ completion: enhancer, countTokens: loadTokenCounter() },
      signsOf: (text: string) => findSigns(text, lexicon),
      template: template === 'auto' ? info.template : template,
    }
    return await enhancePrompt(wish, parts, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    line.notice(`The prompt is drawn as it was written. ${error.message}`)
    return asWritten(wish, wordOf(error.code))
  } finally {
    line.end()
  }
}

const asWritten = ({ prompt }: EnhancementWish, fallback: string): EnhancedPrompt => ({
  ...{ prompt, source: 'none', ms: 0, fallback, dropped: [] },
})

/** Resolves once texts can be had, rejects once it is known that they cannot. */
function readiness() {
  let onReady: () => void = () => {}
  let onAway: (failure: Failure) => void = () => {}
  const ready = new Promise<void>((resolve, reject) => {
    onReady = resolve
    onAway = reject
  })
  // A model that is refused at once is not waited for here.
  ready.catch(() => {})
  return { ready, onReady, onAway }
}

function placeOf({ config, given }: Pick<Asking, 'config' | 'given'>): QwenPlace {
  const { path = '', weights, fourBitFolder } = config.enhancer
  const inFolder = (name: string) => resolve(config.folder, name)
  return {
    ...{ path: inFolder(path), weights },
    device: oneOf(given, 'device', deviceChoices) ?? config.device,
    threads: countOf(given, 'threads', MAX_THREADS) ?? config.threads,
    fourBitFolder: fourBitFolder === undefined ? undefined : inFolder(fourBitFolder),
  }
}
