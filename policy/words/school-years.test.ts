import { describe, expect, it } from 'vitest'
import { ageSigns } from './ages.ts'
import { fold } from './fold.ts'
import { plainly } from './pieces.ts'

const signsOf = (text: string) => [...ageSigns(fold(text), plainly(fold(text)), 2026)]

describe('a year of school', () => {
  it.each([
    ...['grade 8 girl', 'in grade 8', 'a grade-7 pupil', 'Grade VIII student', '8th grader'],
    ...['8th-grade class', 'eighth grader', 'in eighth grade', 'her first day of fifth grade'],
    ...['year 9 pupil', 'a year 10 student', 'in Year 9', 'the year 9s', 'Y9 pupil', 'yr 8 girls'],
    ...['class 9 student', 'class VIII boys', 'form 3 girl', 'P6 pupil', 'primary 5 pupils'],
    ...['4º ESO', '3.º de la ESO', 'segundo de ESO', '2º de bachillerato', 'sexto de primaria'],
    ...['élève de troisième', 'une fille en quatrième', 'en classe de 5e', 'garçon de CM2'],
    ...[
      '8. Klasse',
      'in der achten Klasse',
      'Klasse 9',
      '8º ano',
      'nono ano do ensino fundamental',
    ],
    ...['terza media', 'quinta elementare', '8 класс', 'в восьмом классе', 'ученица 9-го класса'],
    ...['八年级', '五年級', '8年级', '中2の教室', '小6女子'],
  ])('is seen in %s', (text) => {
    expect(signsOf(text)).toContain('minor')
  })

  it.each([
    ...['grade 8 bolts', 'grade 5 titanium', 'colour grade 3', 'Grade II listed', 'grade 80 steel'],
    ...['first-grade timber', 'film grade 2', 'year 9 AD', 'in year 9 of his reign', 'year 2024'],
    ...['in the year 12 BC', 'year 10 anniversary', 'class 5 rapids', 'a class 3 hurricane'],
    ...['year 1 university students', 'form 4 of a creature', 'a year 9 times around the sun'],
    ...['en troisième position', 'une fille en troisième position', 'troisième étage', 'por eso'],
    ...['1. Klasse', 'erste Klasse', 'eine klasse Frau', 'prima media di ieri', 'первый класс'],
    ...['大学三年级', '3 grades of sand', 'windows 7 students'],
  ])('is none in %s', (text) => {
    expect(signsOf(text)).toEqual([])
  })
})
