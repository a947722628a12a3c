/** The words that an enhancement may add, and those that it may not: text files, for they are to be read and added to. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EnhancedMode } from './few-shot.ts'

/** Of the vocabulary, without meaning of their own. */
const GRAMMAR = 'grammar'
/** What an edit of a photograph leaves as it is. */
const PLACES: readonly string[] = ['setting', 'weather']

const vocabulary = readSections('vocabulary.txt')
const people = readSections('people.txt')

const wordsOf = (sections: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> =>
  new Set([...sections.values()].flat())

const ofScenes = wordsOf(vocabulary)
const ofEdits = wordsOf(new Map([...vocabulary].filter(([section]) => !PLACES.includes(section))))

export const grammar: ReadonlySet<string> = new Set(vocabulary.get(GRAMMAR))
export const ageWords: ReadonlySet<string> = new Set(people.get('age'))
export const personWords: ReadonlySet<string> = new Set(people.get('people'))

/** Lower case. An edit has no words for places: the photograph has one. */
export const vocabularyOf = (mode: EnhancedMode): ReadonlySet<string> =>
  mode === 'modify' ? ofEdits : ofScenes

/** In hexadecimal, of all that the cleaning goes by: for whoever remembers what it gave. */
export const listsHash: string = createHash('sha256')
  .update(JSON.stringify([[...vocabulary], [...people]]))
  .digest('hex')

/** Words between spaces, below a line `# name`; a line that begins with `# ` and has more than a name is a remark. */
function readSections(file: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>()
  let section: string[] = []
  for (const line of readFileSync(join(import.meta.dirname, file), 'utf8').split('\n')) {
    const [, name] = /^# (\S+)$/.exec(line) ?? []
    if (name !== undefined) {
      section = []
      sections.set(name, section)
    } else if (!line.startsWith('#')) section.push(...line.split(' ').filter((word) => word !== ''))
  }
  return sections
}
