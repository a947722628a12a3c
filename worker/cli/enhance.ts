/** `npm run i2i -- enhance`: what would be drawn of a prompt, and why, without drawing it. */
import { resolve } from 'node:path'
import { type Failure, type Mode, stylePhrase } from '#contract'
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import { unlessAborted } from '#worker/engine/unless-aborted.ts'
import { noModel } from '#worker/enhance/absence.ts'
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
import type { EnhanceReport } from './enhance-report.ts'
import { killedWithUs } from './killed-with-us.ts'
import { countOf, oneOf } from './option-values.ts'
import { planRun, styleOf } from './plan-run.ts'
import type { Surroundings } from './run.ts'

/**
 * As a MODIFY with `--edit`, else as a picture from nothing. Throws the Failure of a model that will not do; a prompt
 * that is not enhanced is no failure.
 */
export async function enhance(
  args: Arguments,
  { config, line, signal }: Surroundings,
): Promise<EnhanceReport> {
  const { prompt, given, ignored } = args
  if (ignored.length > 0) line.notice(`enhance has no use for ${ignored.join(', ')}: ignored.`)
  // What is out of range is said before a model is opened.
  const { seed, promptSyntax } = planRun(args)
  const mode: Mode = given.edit === undefined ? 'txt2img' : 'modify'
  const style = styleOf(given)
  const wish: EnhancementWish = {
    ...{ prompt, mode, contentMode: 'sfw', promptSyntax, style },
    sampling: given.seed === undefined ? undefined : { seed },
  }
  const countTokens = loadTokenCounter()
  const { prompt: enhanced, ...enhancement } =
    config.enhancer.path === undefined
      ? withoutModel(prompt)
      : await askModel(wish, { config, line, signal, given, countTokens })
  const drawn = planRun({ ...args, prompt: enhanced }).prompt
  const tokens = countTokens(drawn)
  return { mode, prompt, drawn, style: stylePhrase(enhanced, style), enhancement, tokens }
}

const withoutModel = (prompt: string): EnhancedPrompt => ({
  ...{ prompt, source: 'none', ms: 0, fallback: noModel.word, dropped: [] },
})

interface Asking extends Surroundings, Pick<Arguments, 'given'> {
  readonly countTokens: ReturnType<typeof loadTokenCounter>
}

/** Opens the model for this one prompt, and ends it. */
async function askModel(wish: EnhancementWish, asking: Asking): Promise<EnhancedPrompt> {
  const { config, line, signal, countTokens } = asking
  const { ready, ...told } = readiness()
  const onRounded = (share: LoadProgress) =>
    line.share('rounding Qwen 2.5 to four bits, once', share)
  await using enhancer = new Enhancer({ place: placeOf(asking), onRounded, ...told })
  using _ = killedWithUs(enhancer)
  line.state(`opening ${config.enhancer.path}`)
  const info = await unlessAborted(enhancer.check(), signal)
  enhancer.load(info)
  await unlessAborted(ready, signal)
  line.state('continuing the prompt')
  const lexicon = createLexicon(readShippedRules())
  const { template } = config.enhancer
  const parts = {
    ...{
      completion: enhancer,
      countTokens,
      template: template === 'auto' ? info.template : template,
    },
    signsOf: (text: string) => findSigns(text, lexicon),
  }
  const enhanced = await enhancePrompt(wish, parts, signal)
  line.end()
  return enhanced
}

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
