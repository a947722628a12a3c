/** `npm run i2i -- enhance`: what would be drawn of a prompt, and why, without drawing it. */
import { type Mode, stylePhrase } from '#contract'
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import type { EnhancementWish } from '#worker/enhance/prompting/enhance-prompt.ts'
import type { Arguments } from './arguments.ts'
import { askModel } from './ask-model.ts'
import type { EnhanceReport } from './enhance-report.ts'
import { planRun, styleOf } from './plan-run.ts'
import type { Surroundings } from './run.ts'

/**
 * As a MODIFY with `--edit`, else as a picture from nothing. Throws the Failure of a model that will not do; a prompt
 * that is not enhanced is no failure.
 */
export async function enhance(args: Arguments, surroundings: Surroundings): Promise<EnhanceReport> {
  const { prompt, given, ignored } = args
  if (ignored.length > 0)
    surroundings.line.notice(`enhance has no use for ${ignored.join(', ')}: ignored.`)
  // What is out of range is said before a model is opened.
  const { seed, promptSyntax } = planRun(args)
  const mode: Mode = given.edit === undefined ? 'txt2img' : 'modify'
  const style = styleOf(given)
  const wish: EnhancementWish = {
    ...{ prompt, mode, contentMode: 'sfw', promptSyntax, style },
    sampling: given.seed === undefined ? undefined : { seed },
  }
  const { prompt: enhanced, ...enhancement } = await askModel(wish, { ...surroundings, given })
  const drawn = planRun({ ...args, prompt: enhanced }).prompt
  const tokens = loadTokenCounter()(drawn)
  return { mode, prompt, drawn, style: stylePhrase(enhanced, style), enhancement, tokens }
}
