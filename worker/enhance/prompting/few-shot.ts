/**
 * The text that a language model goes on with: examples that are data, then the prompt, then a line that begins with the
 * prompt again, so that whatever the model writes, the subject stands already.
 */
import { createHash } from 'node:crypto'
import type { ContentMode } from '#contract'
import type { Template } from '../messages.ts'
import modifyExamples from './examples/modify.json' with { type: 'json' }
import txt2imgExamples from './examples/txt2img.json' with { type: 'json' }

/** COPY is never enhanced. */
export type EnhancedMode = 'modify' | 'txt2img'

export interface FewShotWish {
  readonly mode: EnhancedMode
  readonly contentMode: ContentMode
  readonly template: Template
}

export interface Example {
  readonly given: string
  readonly added: string
}

export interface ExampleFile {
  readonly labels: { readonly given: string; readonly answer: string }
  readonly heading: string
  readonly sfw: readonly Example[]
  readonly nsfw: readonly Example[]
}

export const exampleFiles: Readonly<Record<EnhancedMode, ExampleFile>> = {
  modify: modifyExamples,
  txt2img: txt2imgExamples,
}

/** The constant text before every prompt of this kind. */
export function fewShotPrefix({ mode, contentMode, template }: FewShotWish): string {
  const file = exampleFiles[mode]
  const examples = file[contentMode].map(({ given, added }) =>
    turn(file, { template, given, added }),
  )
  const heading =
    template === 'base' ? `${file.heading}\n\n` : `<|im_start|>system\n${file.heading}<|im_end|>\n`
  return heading + examples.join('')
}

/** What follows the prefix for one prompt: it ends in the middle of the line that is to be continued. */
export function fewShotText(prompt: string, { mode, template }: FewShotWish): string {
  return beginning(exampleFiles[mode], { template, given: oneLine(prompt) })
}

/** In hexadecimal; another text of examples is another hash. */
export const fewShotHash = (wish: FewShotWish): string =>
  createHash('sha256').update(fewShotPrefix(wish)).digest('hex').slice(0, 16)

/**
 * A prompt as part of one line of text: a line that it begins would end ours, and a special token that it spells out
 * would be one. What ends a sentence is left to the comma that follows. Only the model reads it so.
 */
export function oneLine(prompt: string): string {
  return prompt
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll('<|', '< |')
    .replace(/[\s,;:.!?…]+$/u, '')
    .trim()
}

interface Turn {
  readonly template: Template
  readonly given: string
}

function turn(file: ExampleFile, { added, ...rest }: Turn & Pick<Example, 'added'>): string {
  return `${beginning(file, rest)} ${added}${rest.template === 'base' ? '\n\n' : '<|im_end|>\n'}`
}

function beginning({ labels }: ExampleFile, { template, given }: Turn): string {
  return template === 'base'
    ? `${labels.given}: ${given}\n${labels.answer}: ${given},`
    : `<|im_start|>user\n${labels.given}: ${given}<|im_end|>\n<|im_start|>assistant\n${given},`
}
