/** What is wrong with one phrase of an answer, for which it alone is left out. */
import type { Sign } from '../../../policy/rules.ts'
import { ageWords, grammar, personWords } from './word-lists.ts'

export interface PhraseContext {
  /** As its author wrote it. */
  readonly prompt: string
  /** Words of the prompt, lower case. */
  readonly promptWords: ReadonlySet<string>
  /** Words that may be added, lower case. */
  readonly vocabulary: ReadonlySet<string>
  /** The phrases that stand already, by their words in lower case. */
  readonly before: readonly (readonly string[])[]
  /** What the policy sees in a text. */
  readonly signsOf: (text: string) => ReadonlySet<Sign>
}

export interface PhraseRule {
  readonly name: string
  /** For the README. */
  readonly about: string
  /** @param words of the phrase, in the case in which they are written. */
  readonly refuses: (words: readonly string[], context: PhraseContext) => boolean
}

/** A phrase of more words is a sentence, and tells a story. */
const MOST_WORDS = 12

const NEGATION =
  /^(?:no|not|non|nor|never|none|nothing|neither|without|avoid|avoids|avoiding|lack|lacks|lacking|absent|absence|devoid|minus|except|excluding|cannot|free|instead|rather|n't|\p{L}+n['’]t)$/iu

const AGE = /\b\d+\s*-?\s*(?:y(?:ea)?rs?|yo|y\/o)\b|\b(?:aged?|ages)\b|\byear-old\b/i

const ATTRIBUTION =
  /\b(?:in the style|style of|inspired by|works? of|art of|trending|featured on|shot on|taken (?:by|on|with)|photographed by|painted by|drawn by|directed by|directed|courtesy|signed|copyright)\b|\b(?:by|after|like|à la|a la)\s+\p{Lu}/u

/** In this order: the first that refuses gives the reason. */
export const phraseRules: readonly PhraseRule[] = [
  {
    name: 'negation',
    about: 'Says what is not there, which SDXL reads as what is.',
    refuses: (words) => words.some((word) => NEGATION.test(word)),
  },
  {
    name: 'age',
    about: 'Says how old somebody is, or has a sign of a minor that the policy knows.',
    refuses: (words, { signsOf }) => {
      const text = words.join(' ')
      if (AGE.test(text) || hasAny(words, ageWords)) return true
      const signs = signsOf(text)
      return signs.has('minor') || signs.has('ambiguous')
    },
  },
  {
    name: 'nudity',
    about: 'Has a word that the policy knows as sexual or suggestive, whatever the prompt says.',
    refuses: (words, { signsOf }) => signsOf(words.join(' ')).size > 0,
  },
  {
    name: 'person',
    about: 'Has a word for somebody or for a part of them, even where the prompt has it too.',
    refuses: (words) => hasAny(words, personWords),
  },
  {
    name: 'name',
    about:
      'Names somebody or something that the prompt does not: capitals within it, “in the style of”.',
    refuses: (words, { promptWords }) =>
      ATTRIBUTION.test(words.join(' ')) ||
      words.some((word, i) => i > 0 && isName(word) && !promptWords.has(word.toLowerCase())),
  },
  {
    name: 'language',
    about: 'Has letters of another script than English is written in.',
    refuses: (words) => words.some((word) => /[^\p{ASCII}’]/u.test(word)),
  },
  {
    name: 'too-long',
    about: `Has more than ${MOST_WORDS} words: it tells a story.`,
    refuses: (words) => words.length > MOST_WORDS,
  },
  {
    name: 'repeated',
    about: 'Says again what an earlier phrase says, or the same word three times.',
    refuses: (words, { before }) => {
      const meant = meaning(words)
      if (meant.some((word) => meant.filter((other) => other === word).length > 2)) return true
      return before.some((phrase) => meant.every((word) => phrase.includes(word)))
    },
  },
  {
    name: 'said',
    about: 'Has no word that the prompt does not have.',
    refuses: (words, { promptWords }) => meaning(words).every((word) => promptWords.has(word)),
  },
  {
    name: 'unknown-word',
    about: 'Has a word that is neither in vocabulary.txt nor in the prompt.',
    refuses: (words, context) => words.some((word) => !isKnown(word.toLowerCase(), context)),
  },
]

/** `35mm` and `HDR` are none, and neither is `Soft` where a sentence begins. */
const isName = (word: string): boolean => /\p{Lu}\p{Ll}|\p{Ll}\p{Lu}/u.test(word)

/** As whole words and as parts of a compound. */
const hasAny = (words: readonly string[], list: ReadonlySet<string>): boolean =>
  words.some((word) => {
    const bare = word.toLowerCase().replace(/['’]s?$/, '')
    return list.has(bare) || bare.split(/[-/]/).some((part) => list.has(part))
  })

const meaning = (words: readonly string[]): readonly string[] =>
  words.map((word) => word.toLowerCase()).filter((word) => !grammar.has(word))

/** A plural of what is known is known, and so is a compound. */
function isKnown(word: string, { vocabulary, promptWords }: PhraseContext): boolean {
  const has = (each: string): boolean => vocabulary.has(each) || promptWords.has(each)
  return word.split('-').every((part) => has(part) || has(part.replace(/s$/, ''))) || has(word)
}
