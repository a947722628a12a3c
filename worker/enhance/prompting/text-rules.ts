/** What is wrong with a model's answer as a whole: from where on it is none, or that none of it is one. */

export interface TextRule {
  readonly name: string
  /** For the README. */
  readonly about: string
  /** The part of the text that may stand; undefined where nothing of it may. */
  readonly keep: (text: string) => string | undefined
}

const before =
  (pattern: RegExp) =>
  (text: string): string => {
    const at = text.search(pattern)
    return at === -1 ? text : text.slice(0, at)
  }

const unless =
  (pattern: RegExp) =>
  (text: string): string | undefined =>
    pattern.test(text) ? undefined : text

const LABELS =
  'idea|image|photo|picture|change|before|after|prompt|output|input|answer|question|response|description|caption|title|' +
  'note|user|assistant|human|system|ai|negative|steps|seed|sampler|cfg scale|size|model|tags?|style|example|explanation'

const REFUSALS =
  "sorry|apologi[sz]e|i (?:can(?:no|')?t|cannot|am unable|am not able|won't|will not|must|don't|do not)|i'm (?:unable|not able|sorry)|" +
  'as an? (?:ai|language|large|artificial)|language model|against (?:my|our|the) (?:policy|guidelines)|not appropriate|inappropriate|' +
  'unable to (?:assist|help|fulfill|comply|generate|create)|violates?|content policy'

const META =
  "sure[,!:]|certainly[,!:]?|of course[,!:]|here (?:is|are)|here's|this prompt|the prompt|your prompt|an? prompt|prompts?\\b|the user|" +
  'this image (?:shows|depicts|is)|(?:enhanced|revised|improved|rewritten|final) (?:version|description)|let me|let us|' +
  "i (?:have|hope|would|think|want|need|will|see)|i've|i'd|you (?:can|could|should|may|might|want|are)|please|instructions?|" +
  'for example|in this (?:example|image|photo|picture)|note that|remember|make sure|stable diffusion|midjourney'

/** In this order; each reads what the one before it left. */
export const textRules: readonly TextRule[] = [
  {
    name: 'next-line',
    about: 'Ends at the end of its line.',
    keep: before(/[\n\r\v\f\u0085\u2028\u2029]/),
  },
  {
    name: 'special-token',
    about: 'Ends where a token of the model’s own form is spelled out.',
    keep: before(/<\||\|>|<\/?s>|\[\/?INST\]|<\/?(?:think|tool_call|assistant|user|system)>/i),
  },
  {
    name: 'garbage',
    about:
      'Is nothing where one sign stands six times in a row, or a sign that is none: the model overflowed.',
    keep: unless(/([^\s.])\1{5}|\.{12}|\ufffd|^[^\p{L}\p{N}]{8,}/u),
  },
  {
    name: 'refusal',
    about: 'Is nothing where it declines.',
    keep: unless(new RegExp(`\\b(?:${REFUSALS})\\b`, 'i')),
  },
  {
    name: 'label',
    about: 'Ends at the label of another line, as of a further example or a negative prompt.',
    keep: before(new RegExp(`(?:^|[^\\p{L}])(?:${LABELS})(?: prompts?)?\\s*(?:[:：]|=)`, 'iu')),
  },
  {
    name: 'address',
    about: 'Ends at a URL, an e-mail address or a handle.',
    keep: before(
      /\bhttps?\b|\bwww\b|\S+@\S+|@\w|\b[\w-]+\.(?:com|org|net|io|ai|co|de|ru|cn|jpe?g|png|webp)\b/i,
    ),
  },
  {
    name: 'markup',
    about: 'Ends at code, a heading, a rule, a tag or JSON.',
    keep: before(/```|~~~|#{2,}|-{3,}|={2,}|<[a-z/!][^>]*>?|&\w+;|\{\s*"|\[\s*"|\/\/|\|\s*\|/i),
  },
  {
    name: 'list',
    about: 'Ends at the first mark of a numbered list.',
    keep: before(/(?:^|\s)\(?\d{1,2}[.)](?=\s|$)/),
  },
  {
    name: 'meta-talk',
    about: 'Is nothing where it talks about the prompt, to somebody, or of itself.',
    keep: unless(new RegExp(`\\b(?:${META})`, 'i')),
  },
]
