/** The shipped rules: each sign by itself, in no sentence that would be refused for both. */
import { describe, expect, it } from 'vitest'
import { readShippedRules } from '../read-rules.ts'
import { findSigns } from './find-signs.ts'
import { createLexicon } from './lexicon.ts'

const lexicon = createLexicon(readShippedRules())
const signsOf = (text: string) => [...findSigns(text, lexicon)].toSorted()

describe('the shipped rules', () => {
  it.each([
    ...['a child on a swing', 'CHILDREN', 'kids', 'school-girl', 'school_uniform', 'pre-teen'],
    ...['her first day at middle school', '7th grader', 'a fifth grader', 'kindergarten', '👧🏽'],
    ...['un niño', 'dos niñas', 'une petite fille', 'les enfants', 'ein kleines Mädchen', 'Kinder'],
    ...['una bambina', 'due ragazzini', 'uma criança', 'дети во дворе', 'школьница', 'ребёнок'],
    ...[
      '小学生の遠足',
      '초등학생의',
      '어린이들',
      '子 供',
      '一个小女孩',
      '兒童',
      'menor de edad',
      'minderjährig',
    ],
  ])('see a sign of a minor in %s', (text) => {
    expect(signsOf(text)).toContain('minor')
  })

  it.each([
    ...['a nude figure study', 'NAKED', 'mujer desnuda', 'femme nue', 'eine nackte Frau'],
    ...[
      'donna nuda',
      'mulher nua',
      'обнажённая женщина',
      'голая',
      '全裸',
      '裸体画',
      'remove her clothes',
    ],
  ])('see what is explicit in %s', (text) => {
    expect(signsOf(text)).toEqual(['sexual'])
  })

  it.each(['a girl', 'two boys', 'a young face', 'her niece', 'une fille', 'Mädchen', '少女'])(
    'hold %s for said of both',
    (text) => {
      expect(signsOf(text)).toEqual(['ambiguous'])
    },
  )

  it.each([
    ...['a young woman', 'young men', 'college student', 'jeune femme', 'junge Frau', '年轻女性'],
    ...[
      'Sussex',
      'Scunthorpe',
      'an assassin',
      'a bass player',
      'analog film',
      'cockpit',
      'cumulus',
    ],
    ...['grape', 'therapist', 'canal', 'a hen, her pen is red', 'an Al Jarreau record', 'Titian'],
    ...['girlfriend', 'cowboy', 'playboy bunny logo', 'kidney', 'kidnapped', 'a tonal palette'],
    ...['pieds nus', 'nackte Felsen', 'rocce nude', 'ピエロ', '裸足', 'голубое небо', 'penne'],
    ...['nude lipstick', 'naked eye', 'chicken breast', 'kind old man', 'by our next annual ball'],
    ...['E S S E X', 'por no llover', 'ni no ni na', 'Ursa Minor', 'Lana', 'bobs', 'soon', 'soles'],
    ...['a public park', 'pills', 'rapping', 'a kite on a string', 'infantry', 'madeleine'],
  ])('see nothing in %s', (text) => {
    expect(signsOf(text)).toEqual([])
  })

  it('count a colour that is named for skin beside a child, and else not', () => {
    expect(signsOf('a living room in nude tones')).toEqual(['suggestive'])
    expect(signsOf('nude lipstick, not naked')).toEqual(['sexual'])
  })

  it('look through the longest prompt, of what is worst to look through, without standing still', () => {
    const worst = [
      'a ',
      'a',
      '1 ',
      'a*',
      ':1',
      'girl ',
      'c h i l ',
      '子',
      'аб ',
      'a-',
      ') ',
      '\u0301',
    ]
    const took = worst.map((text) => {
      const before = process.cpuUsage()
      findSigns(text.repeat(10_000).slice(0, 10_000), lexicon)
      return process.cpuUsage(before).user / 1_000
    })
    expect(Math.max(...took)).toBeLessThan(2_000)
  })

  it('look through a stranger’s 100 kB, of what each pattern begins with, in a time that grows with them', () => {
    const beginnings = [
      ...[
        'grade ',
        'grade 8 ',
        'year 9 x',
        'class 5 abc ',
        '8 grade b',
        'eleve x y ',
        'en cm',
        'klasse ',
      ],
      ...[
        '14 f ',
        'f/',
        '14',
        '(14',
        'a, 1',
        'her 9 ',
        'aged 1 ',
        'aged 1 to ',
        'not 1',
        'looks like about ',
      ],
      ...[
        'born ',
        'born x 1 2',
        'girl ',
        'girl is ',
        'she was of just ',
        'dozen ',
        'xiv ',
        'aged xiv',
        'tw3lve ',
      ],
      ...[
        'a b c d ',
        't w e l v e ',
        'twelve years',
        'doce ',
        '未满1',
        '一',
        '小1',
        '< 1',
        '14 & ',
        ' \u200b',
      ],
      ...[
        'schoolgir ',
        'infan',
        'q1w2e3',
        'Aa',
        '🎒',
        'with nothing ',
        'in a ',
        '어린이 ',
        '8класс',
      ],
      ...[
        'born in the 5th ',
        'half of ',
        '40 minus ',
        '14 candles a ',
        'between 1 and ',
        'twenty ',
        '열',
        '십',
        '二十',
        '&#9',
      ],
    ]
    const before = process.cpuUsage()
    for (const text of beginnings) findSigns(text.repeat(100_000 / text.length), lexicon)
    expect(process.cpuUsage(before).user / 1_000 / beginnings.length).toBeLessThan(2_000)
  })

  it('read a number and a run of signs once, however long they are', () => {
    const before = process.cpuUsage()
    for (const sign of ['1', '$', '+', '1.']) findSigns(`(a:${sign.repeat(60_000)}x)`, lexicon)
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000)
  })

  it.each(['(chi:1.)ld', '(chi:.5)ld', '(chi)1.ld', '(chi:+1.)ld', 'k¡d', '¡niña!'])(
    'see a sign of a minor in %s, as whoever draws it does',
    (text) => {
      expect(signsOf(text)).toContain('minor')
    },
  )
})
