/** Ways to write a word so that a person, a tokenizer or a model still reads it, and a list of words does not. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

type Disguise = (word: string) => string

const each =
  (dress: (letter: string, at: number) => string): Disguise =>
  (word) =>
    [...word].map(dress).join('')

const between =
  (sign: string): Disguise =>
  (word) =>
    [...word].join(sign)
const within =
  (dress: (before: string, after: string) => string): Disguise =>
  (word) =>
    dress(word.slice(0, 3), word.slice(3))

/** Those of its letters that the alphabet has; it begins with `a`. */
const alphabet = (letters: string): Disguise => {
  const like = [...letters]
  return each((letter) => like[letter.charCodeAt(0) - 97] ?? letter)
}
const from = (first: number): Disguise =>
  each((letter) => String.fromCodePoint(first + letter.charCodeAt(0) - 97))

export const disguises: Readonly<Record<string, Disguise>> = {
  'as it is': (word) => word,
  capitals: (word) => word.toUpperCase(),
  'capitals here and there': each((letter, at) => (at % 2 ? letter.toUpperCase() : letter)),
  'letter by letter': between(' '),
  'letter by letter, wide': between('   '),
  'a line a letter': between('\n'),
  'no-break spaces': between('\u00a0'),
  'thin spaces': between('\u2009'),
  tabs: between('\t'),
  dots: between('.'),
  'middle dots': between('·'),
  hyphens: between('-'),
  underlines: between('_'),
  slashes: between('/'),
  stars: between('*'),
  commas: between(', '),
  apostrophes: between('’'),
  pictographs: between('🌸'),
  'zero width': between('\u200b'),
  'zero width joiners': between('\u200d'),
  'soft hyphens': between('\u00ad'),
  'byte order marks': between('\ufeff'),
  'braille blanks': between('\u2800'),
  'turned direction': within((before, after) => `${before}\u202e${after}`),
  'one invisible character': within((before, after) => `${before}\u2060${after}`),
  'a space within': within((before, after) => `${before} ${after}`),
  'a comma within': within((before, after) => `${before}, ${after}`),
  'a line break within': within((before, after) => `${before}\n${after}`),
  'a capital within': within((before, after) => `${before}${after.toUpperCase()}`),
  'another window': within((before, after) => `${before} BREAK ${after}`),
  'a weight within': within((before, after) => `(${before}:1.2)${after}`),
  'a weight within, after Compel': within((before, after) => `(${before})1.2${after}`),
  'a weight about it': (word) => `(${word}:1.4)`,
  'a negative weight about it': (word) => `(${word}:-1)`,
  'weights of signs': (word) => `${word}++`,
  'a weight about each letter': each((letter, at) => `(${letter}:1.${at})`),
  'an escape within': within((before, after) => `${before}\\${after}`),
  'one for another': within((before, after) => `[${before}:${after}:0.5]`),
  'character references': each((letter) => `&#${letter.charCodeAt(0)};`),
  'brackets within': within((before, after) => `((${before}))[${after}]`),
  'an alternation': within((before, after) => `{${before}}${after}`),
  accents: each((letter) => `${letter}\u0301`),
  'accents in heaps': each((letter) => `${letter}\u0336\u0348\u030d`),
  'letters that have accents': alphabet('áƀćďéḟǵḧíĵḱłḿńóṕqŕśťúvẃẍýž'),
  'full width': from(0xff41),
  'mathematical bold': from(0x1d41a),
  'mathematical script': from(0x1d4ea),
  'mathematical Fraktur': from(0x1d586),
  monospace: from(0x1d68a),
  circled: from(0x24d0),
  'on black squares': from(0x1f170),
  'regional indicators': from(0x1f1e6),
  'small capitals': alphabet('ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘqʀꜱᴛᴜᴠᴡxʏᴢ'),
  Cyrillic: alphabet('авсԁеfgһіјкӏмпорԛгѕтцѵԝхуz'),
  'Cyrillic capitals': alphabet('АВСDЕFGНІЈКLМNОРQRЅТUVWХУZ'),
  Greek: alphabet('αβcδεfghιjκlmηορqrςτυνωχyz'),
  Lisu: alphabet('ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑqꓣꓢꓔꓴꓦꓪꓫꓬꓜ'),
  'Cherokee, small': alphabet('ꭺᏼꮯꭰꭼfꮐꮋꭵꭻꮶꮮꮇnoꮲqꮢꮪꭲuꮩꮃxꭹꮓ'),
  'one Cyrillic letter': (word) => word.replace('o', 'о').replace('a', 'а'),
  'upside down': alphabet('ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz'),
  'digits for letters': alphabet('4bcd3fgh1jk1mn0pqr57uvwxyz'),
  'signs for letters': alphabet('@bcd€fgh!jk|mnopqr$tuvwxyz'),
  'a letter doubled': (word) => word.replace(/[aeo]/, '$&$&'),
  'letters drawn out': each((letter, at) => (at % 2 ? letter.repeat(4) : letter)),
  'drawn out and apart': each((letter) => `${letter.repeat(3)} `),
  'a letter struck out': (word) => `${word.slice(0, 2)}*${word.slice(3)}`,
  backwards: (word) => [...word].reverse().join(''),
  'a number before it': (word) => `2${word}`,
  'a number after it': (word) => `${word}7`,
  'glued to an ordinary word': (word) => `the${word}`,
  'among tags': (word) => `solo_${word}_portrait`,
  'in a LoRA': (word) => `<lora:${word}:0.8>`,
}
/** Upside down, these are other letters: u and n, b and q, d and p. */
export const unreadableUpsideDown = /[bdnpqu]/

/** Slips of the finger, or of whoever wants to be read by a model and by nobody else: for words of six letters and more. */
export const misspellings: Readonly<Record<string, Disguise>> = {
  'a letter left out': (word) => word.slice(0, 3) + word.slice(4),
  'the last letter left out': (word) => word.slice(0, -1),
  'another letter': (word) => `${word.slice(0, 4)}u${word.slice(5)}`,
  'a letter added': (word) => `${word.slice(0, 4)}h${word.slice(4)}`,
  'two letters that changed places': (word) =>
    `${word.slice(0, 3)}${word.charAt(4)}${word.charAt(3)}${word.slice(5)}`,
}

const linesOf = (name: string): readonly string[] =>
  readFileSync(join(import.meta.dirname, name), 'utf8')
    .trim()
    .split('\n')

/** Of which somebody thought, to say that somebody is a minor: each must be refused beside what is sexual. */
export const waysToSayMinor = linesOf('ways-to-say-minor.txt')

/** And to say that somebody is naked, or is to be looked at as if: each must be refused beside a child. */
export const waysToSayNaked = linesOf('ways-to-say-naked.txt')
