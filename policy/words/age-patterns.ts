/** In which words an age is said of somebody, as patterns of a skeleton whose numbers are digits. */
import { fold, seenAs } from './fold.ts'

/** One or two digits, even with a space between them. */
const AGE = '(?<!\\d)(\\d(?: ?\\d)?)(?! ?\\d)'
const ENGLISH = 'y(?:ea|ee)?r[sz]?|y'
const OTHERS = [
  ...['años de edad', 'anos de idade', 'ans', 'anni', 'años', 'añitos', 'aninhos', 'primaveras'],
  ...['anios', 'añera', 'añeras', 'enne', 'enni', 'lenze', 'j alt'],
  ...['printemps', 'jahre alt', 'jahre jung', 'jahriges', 'jaar oud', 'jarige?', 'år gamm[ae]l'],
  ...['lat', 'letni[aej]?', 'let[áýé]', 'tuổi', 'yaşında(?:ki)?', 'vuotias', 'éves'],
]
/** A decade is no age: `десятилетие`. */
const STEMS = [
  ...['jahrig', 'jährig', 'лет(?!и)', 'года', 'годик', 'років', 'साल', 'سنة', 'سنوات', 'ขวบ'],
  ...['ετών', 'χρονών'],
]
/** Before the number: Thai, Arabic. */
const OF_AGE_IN = ['อายุ', 'عمرها', 'عمره']
/** Korean, not a century, a generation or the world, and not behind the name of a king. */
const KOREAN = '세(?= |$|[의인가는짜여남소아이미정때된라])'
const KINGS =
  '루이|헨리|엘리자베스|조지|에드워드|윌리엄|제임스|찰스|리처드|카를|샤를|나폴레옹|프리드리히|빌헬름|필리프|펠리페|알렉산드르|' +
  '알렉산더|람세스|교황|바오로|베네딕토|재벌|교포'

/** What is measured or counted in units is no age. */
const UNITS =
  'minutes?|hours?|seconds?|days?|mm|cm|m|k|px|percent|feet|ft|met(?:er|re)s|inch(?:es)?|degrees|colou?rs|steps|bits?|' +
  'panels?|points?|pages?|dollars|euros|x'
const NO_UNIT = `(?= |$)(?! (?:${UNITS})\\b)`
/** Nor is what is counted in things. */
const NOTHING_COUNTED = `${NO_UNIT}(?! [\\p{L}]+s\\b)`

/** Of whom an age is said that stands beside, in other languages. */
const SOMEBODY_ELSEWHERE =
  'sie|frau|mädchen|mädel|freundin|tochter|femme|fille|elle|mujer|chica|muchacha|ella|donna|ragazza|mulher|garota|moça|ela|' +
  'девушка|девочка|женщина|она|парень'

/** Of whom an age is said that stands beside. */
const SOMEBODY =
  'girl|boy|woman|female|man|male|she|he|lady|model|student|daughter|son|sister|brother|cousin|niece|nephew|teen|maiden|' +
  'lass|lad|princess|pupil|who|ballerina|gymnast|dancer|actress|actor|idol|athlete|olympian|skater|swimmer|singer|cheerleader|elf|character|person'

/** Each catches the number first. */
export const AGES: readonly RegExp[] = [
  `${AGE} ?(?:${ENGLISH}) ?(?:o[il]ds?|o|young|of age)\\b`,
  `${AGE} ?(?:yo|yrs?|yro|yrold)\\b`,
  `${AGE} j?ears old\\b`,
  '(?<!\\d)(\\d{1,2})year\\b',
  `\\by ?o ${AGE}${NO_UNIT}`,
  `${AGE} ?(?:${ENGLISH}) (?:girl|boy|female|male|teen|lass|lad|kid)\\b`,
  '(?<!\\d)([5-9]|1[0-7]) (?:girl|boy|lass|lad|gal|chick|babe|teen|hottie)\\b',
  '\\b(?:her|his|their) ([5-9]|1[0-7]) ?(?:th)? year\\b',
  `${AGE} ?(?:st|nd|rd|th)? years? of life\\b`,
  `\\b(?:aged?|ages|turn(?:ing|ed|s)) ?(?:of |is |equals |between |about |around |only |just ){0,2}${AGE}${NO_UNIT}`,
  `\\b(?:will|about to|going to|gonna) turn ${AGE}${NOTHING_COUNTED}`,
  `${AGE} and a half ?(?:${ENGLISH})\\b`,
  `\\b(?:between|from) ${AGE} (?:and|to) \\d{1,2} ?(?:${ENGLISH}) ?(?:old|o|of age)\\b`,
  `(?<!\\d)(\\d{1,2}) (?:or|to) \\d{1,2} ?(?:${ENGLISH}) ?(?:old|o|of age)\\b`,
  `\\bborn (?:\\p{L}+ )?${AGE} (?:years|yrs) (?:ago|back)\\b`,
  `\\b(?:seen|lived|known) (?:only |just )?${AGE} (?:summers|winters|springs)\\b`,
  `${AGE} candles (?:\\p{L}+ ){0,4}(?:cake|birthday)\\b`,
  '\\b(?:aged?|ages) (\\d{1,2}) (?:to |and |or )?\\d{1,2}\\b',
  `\\b(?:looks?|looking|appears?|seems?|reach(?:ed|es)?|bec[ao]mes?|hits?|i m|im|i am) ` +
    `(?:like |about |around |to be |only |just |barely |maybe |a ){0,3}${AGE}${NOTHING_COUNTED}`,
  `\\b(?:only|just|barely) ${AGE}(?= and\\b| but\\b|$)`,
  `${AGE} ?(?:st|nd|rd|th)? birthday\\b`,
  `${AGE} ?ish\\b`,
  `\\b(?:${SOMEBODY}) of ${AGE} (?:years|yrs|summers|winters|springs)\\b`,
  `\\bof (?:only )?${AGE} (?:summers|winters|springs)\\b`,
  `${AGE} (?:summers|winters|springs) (?:old|young)\\b`,
  `${AGE} (?:trips|circles|turns|laps) a?round the sun\\b`,
  `${AGE} ?(?:${OTHERS.map((each) => fold(each)).join('|')})\\b`,
  `${AGE} ?(?:${STEMS.map((each) => fold(each)).join('|')})`,
  `\\balter von ${AGE}${NO_UNIT}`,
  `${AGE} ?(?:歳|才|岁|歲|살|さい|周岁|周歲)`,
  `(?<!(?:${KINGS}) ?)${AGE} ?${KOREAN}`,
  `(?:${OF_AGE_IN.map((each) => fold(each)).join('|')}) ?${AGE}`,
].map((source) => seenAs(source))

/** In months or weeks: whoever is so old is a minor. */
export const YOUNG = seenAs(`${AGE} ?(?:months?|weeks?|mo) ?o[il]d\\b`, 'u')

/** `u18`, and the same in words. */
export const BELOW = [
  `\\b(?:under|below|younger than|u)(?: the age of)? ?${AGE}s?${NO_UNIT}`,
  `${AGE} (?:and|or) (?:under|younger|below)\\b`,
  `\\b(?:almost|nearly|less than|shy of|not|not yet|not quite|not even|sub|pre) ?(1[3-8])(?! ?\\d)${NOTHING_COUNTED}`,
  '\\b(?:before|away from|until|till|will be|to turn|will turn|soon to be|going to be|gonna be) (18)(?! ?\\d)(?! o clock\\b| uhr\\b| h\\b)',
  '\\b(?:turns?|turning|becomes?) (18) (?:tomorrow|next|soon)\\b',
  '\\b(18) in (?:\\d{1,2}|a|a few|some) (?:years?|months?|weeks?|days?)\\b',
  '\\b(?:before|eve of) (?:her|his|their|the) (18) ?(?:th)? ?birthday\\b',
  '(?<!\\p{L})(?:unter|moins de|menos de|menor(?:es)? de|meno di|minore di|sotto i|младше|моложе|до) (1[0-8])(?= (?:jahren?|ans|anos|anni|лет)|$)',
  '未[满滿] ?(1\\d)',
].map((source) => seenAs(source))
export const LESS_THAN = /<\s?(1[0-8])(?!\d)|(?<!\d)(1[0-8])\s?&\s?(?=under|younger)/gu

const AGE_ENDS =
  '(?=\\s?(?:[,;)!]|$)|\\.?\\s?$|\\s(?:and|with|who|in(?! a row)|on|at|nude|naked|topless|posing|wearing)\\b)(?![.:]\\d)'

/** Beside a person, between commas: `woman, 31, freckles`. A ratio, a weight and a length are none. */
export const BESIDE = [
  `\\b(?:${SOMEBODY})(?:['’]s)?\\s?[,(:]?\\s?(?:is |was |aged? |of |just |only ){0,3}(\\d{1,2})${AGE_ENDS}`,
  `(?<!\\p{L})(?:${fold(SOMEBODY_ELSEWHERE)})\\s?[,(:]?\\s?(?:ist |hat |est |es |tiene |tem |ha |a |de |di |von |mit |erst |nur ){0,3}(\\d{1,2})${AGE_ENDS}`,
  '(?<!\\p{L})(?:barely|only|just|merely|mit|tiene|tem|всего|только|лишь|исполнилось) ([5-9]|1[0-7])(?=\\s?(?:[,;)!]|$)|\\s(?:nude|naked|topless)\\b)(?![.:]\\d)',
  '🎂\\s?(\\d{1,2})(?!\\d)',
  '(?<!\\d)(\\d{1,2})\\s?🎂',
].map((source) => seenAs(source))
/** As newspapers put it behind a name: `Ann (14)`, `Ann, 14,`. */
export const BEHIND_NAME = seenAs(
  '(?=(?: ?\\(|, )\\d)(?<=\\p{L}{2})(?<!\\b(?:image|img|figure|fig|step|page|copy|no|nr|vol|part|chapter|version|photo|picture)) ?' +
    '(?:\\((\\d{1,2})\\)|, (1[0-7])(?=,|$))',
)
