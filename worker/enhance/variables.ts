/** The variables of prompt enhancement, for whichever process reads them. */
import type { z } from 'zod'
import { choice, text, whole } from '#platform/environment/words.ts'
import { type AskedWeights, type Template, templates, weightForms } from './messages.ts'

export const enhancerVariables = {
  QWEN_PATH: text
    .optional()
    .describe('A folder of Qwen 2.5, by which prompts are enhanced. Unset: they go on as written.'),
  QWEN_WEIGHTS: choice(['auto', ...weightForms])
    .default('auto')
    .describe('4bit: rounded once, to a file. auto: full where it fits beside SDXL.'),
  QWEN_FOUR_BIT_FOLDER: text
    .optional()
    .describe('Where that file is kept; QWEN_PATH unless set, which must be writable then.'),
  QWEN_TEMPLATE: choice(['auto', ...templates])
    .default('auto')
    .describe('How it is prompted. auto: as its end of text says, instruct where that is a turn.'),
  ENHANCE_TIMEOUT_MS: whole(1, 600_000)
    .default(2_000)
    .describe('An enhancement that takes longer is not waited for.'),
}

export interface EnhancerConfig {
  /** As it was given; undefined where prompts go on as they are written. */
  readonly path: string | undefined
  readonly weights: AskedWeights
  readonly fourBitFolder: string | undefined
  readonly template: Template | 'auto'
  readonly timeoutMs: number
}

type Found = z.infer<z.ZodObject<typeof enhancerVariables>>

export const enhancerConfigOf = (found: Found): EnhancerConfig => ({
  path: found.QWEN_PATH,
  weights: found.QWEN_WEIGHTS,
  fourBitFolder: found.QWEN_FOUR_BIT_FOLDER,
  template: found.QWEN_TEMPLATE,
  timeoutMs: found.ENHANCE_TIMEOUT_MS,
})
