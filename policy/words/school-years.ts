/** Years of school that are said of somebody, and so are ages: `grade 8 girl`, `in year 9`, `4º de la ESO`, `8. Klasse`. */
import { seenAs } from './fold.ts'

const YEAR = '(?:1[0-3]|[1-9])'
const ROMAN = '(?:x?(?:ix|iv|vi{0,3}|i{1,3})|x)'
const NTH = ' ?(?:st|nd|rd|th)?'
const PUPIL =
  '(?:girls?|boys?|pupils?|students?|learners?|kids?|child|children|teens?|teenagers?|females?|males?|lass|lasses|' +
  'lads?|daughters?|sons?|sisters?|brothers?|class|classroom|classmates?|schoolers?)'
const OF_AGE = '(?:university|college|graduate|medical|law|phd|art|nursing)'

/** What else has a grade: before it, and behind it. */
const GRADED =
  'colou?r|film|food|steel|bolt|piano|violin|music|military|weapons|surgical|medical|up|down|tea|climbing|burn|paper|' +
  'concrete|oil|fuel|reactor|industrial|investment|listed'
const GRADED_THING =
  'bolts?|screws?|nuts?|washers?|fasteners?|steel|titanium|alloys?|metal|alumini?um|iron|chains?|hooks?|shackles?|' +
  'listed|haircut|fade|buzz|clippers?|guard|piano|violin|cello|flute|guitar|music|exam|recital|concrete|timber|' +
  'lumber|plywood|wood|paper|tea|beef|wagyu|marble|leather|diamonds?|sapphires?|rapids|climb|route|trail|burns?|' +
  'sprain|tear|tumou?r|cancer|hurricane|difficulty|hardness|armou?r|oil|fuel|reactor|sandpaper|wool|cotton|silk|' +
  'rope|cable|quality|levels?|i|ii|a|b'

const english = [
  `\\b(?=grade)(?<!\\b(?:${GRADED}) )grade ?${YEAR}s?\\b(?! (?:${GRADED_THING})\\b)`,
  `(?<![\\d.])${YEAR}${NTH} ?grade(?:rs?)?\\b(?! (?:${GRADED_THING})\\b)`,
  `\\b(?:grade|year|yr|class|form|std|standard|primary|secondary) ?(?:${YEAR}|${ROMAN}) (?!${OF_AGE}\\b)(?:\\p{L}+ )?${PUPIL}\\b`,
  `\\b[yps]${YEAR} (?!${OF_AGE}\\b)(?:\\p{L}+ )?${PUPIL}\\b`,
  `\\b(?:in|an?) ye?a?r ?${YEAR}\\b(?! (?:of|after|before|ad|bce?|ce|a d|b c|times|anniversary|${OF_AGE})\\b)`,
  `\\byear ${YEAR}s\\b`,
  `\\byear${YEAR}\\b`,
  `\\byr ?${YEAR}\\b`,
  `(?<!\\d)${YEAR}${NTH} form(?:ers?| pupils?| students?| girls?| boys?)\\b`,
  '\\b(?:ks|key stage) ?[1-4]\\b',
  '\\b(?:upper|lower) (?:third|[345]) form\\b',
]

const NO_CLASSROOM =
  '(?! (?:position|vitesse|place|lieu|ligne|rang|page|generation|etage|dimension|partie)\\b)'
const CLASSE = `(?:[3-6] ?e(?:me)?|sixieme|cinquieme|quatrieme|troisieme|c[em][12]|cp)\\b${NO_CLASSROOM}`
const LYCEE = `(?:2 ?nde|1 ?ere|seconde|premiere|terminale)\\b${NO_CLASSROOM}`
const ELEVE =
  '(?:eleves?|classe|college|collegien(?:ne)?s?|lycee|lyceen(?:ne)?s?|ecole|filles?|garcons?|ados?|adolescente?s?|gamine?s?|soeur|copine)'
const french = [
  `\\b${ELEVE} (?:\\p{L}+ ){0,2}(?:en|de) (?:classe de )?${CLASSE}`,
  `\\b(?:eleves?|classe|lyceen(?:ne)?s?) (?:en|de) (?:classe de )?${LYCEE}`,
  '\\ben c[em][12]\\b',
  `\\b(?:elle|il) (?:est|etait) en (?:classe de )?${CLASSE}`,
  `\\ben (?:classe de )?${CLASSE} (?:\\p{L}+ ){0,2}(?:college|ecole|classe|lycee)\\b`,
]

const german = [
  '(?<!\\d)(?:[3-9]|1[0-3]) klasse\\b',
  '\\bklasse (?:[3-9]|1[0-3]) ?[a-e]?\\b',
  '\\b(?:dritte|vierte|funfte|sechste|siebte|siebente|achte|neunte|zehnte|elfte|zwolfte|dreizehnte)n? klasse\\b',
]

const spanish = [
  '(?:\\b[1-6] ?[oa]?|\\b(?:primer|segund|tercer|cuart|quint|sext)[oa]?)(?: curso| ano| grado)? (?:de )?(?:la )?' +
    '(?:eso|primaria|secundaria|bachillerato|bachiller|preparatoria|prepa|preescolar)\\b',
  // Burns and equations are of the first degrees.
  '(?:(?<!\\d)[4-9] ?(?:o|to|mo|vo|no)?|\\b(?:cuarto|quinto|sexto|septimo|octavo|noveno)) (?:grado|basico)\\b',
]

const portuguese = [
  '(?<!\\d)[5-9] ?[oa] (?:ano|serie)\\b',
  '\\b(?:quinta|sexta|setima|oitava|nona) serie\\b',
  '\\b(?:terceiro|quarto|quinto|sexto|setimo|oitavo|nono) ano (?:do |da )?(?:ensino|fundamental|escola|colegio|medio)\\b',
]

const italian = [
  '(?:\\b[1-3] ?a|\\b(?:prima|seconda|terza)) media\\b(?! (?:di|tra|fra|del|dei)\\b)',
  '(?:\\b[1-5] ?a|\\b(?:prima|seconda|terza|quarta|quinta)) (?:elementare|liceo|ginnasio|superiore)\\b',
]

const russian = [
  '(?<!\\d)(?:[2-9]|1[01]) ?(?:го |м |и |ом |ыи )?класс',
  '(?:трет|четверт|пят|шест|седьм|восьм|девят|десят|одиннадцат)\\p{L}{1,3} класс',
]

const chineseAndJapanese = [
  '(?<!大[学學])[1-9一二三四五六七八九] ?年[级級]',
  '(?:小|中|高|初|国|國)[1-6一二三四五六](?=年|の|女|男|生|学|學|$| )',
  '(?<!\\d|[一二三四五六七八九十]|大[学學]?)[4-6四五六]年生(?!まれ|植物)',
  // Initials, but not beside a Japanese word.
  '(?<!\\p{L})j[cs][1-6]?(?=[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}])',
]

const korean = [
  '(?<!대(?:학교?)? ?)[1-6] ?학년',
  '(?<!\\p{L})[초중고][1-6](?= ?(?:여|남|소녀|소년|학생|의|때|$| ))',
]

/** One pattern, for it is asked of every text. */
const SCHOOL_YEAR = seenAs(
  [
    ...[...english, ...french, ...german, ...spanish, ...portuguese, ...italian],
    ...[...russian, ...chineseAndJapanese, ...korean],
  ].join('|'),
  'u',
)

/** Of words and numbers alone, as a skeleton, with those that are written out read as digits. */
export const hasSchoolYear = (counted: string): boolean => SCHOOL_YEAR.test(counted)
