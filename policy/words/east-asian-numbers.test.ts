import { expect, it } from 'vitest'
import { ageSigns } from './ages.ts'
import { withEastAsianNumbersRead } from './east-asian-numbers.ts'
import { fold, skeleton } from './fold.ts'
import { plainly } from './pieces.ts'

const signsOf = (text: string) => [...ageSigns(fold(text), plainly(fold(text)), 2026)]

it.each([
  ...[
    ['十四岁', '14岁'],
    ['三十五歳', '35歳'],
    ['二十岁', '20岁'],
    ['两岁', '2岁'],
    ['一四歳', '14歳'],
  ],
  ...[
    ['二四歳', '24歳'],
    ['七八岁', '7岁'],
    ['十四五岁', '14岁'],
    ['二十四五岁', '24岁'],
    ['一百二十岁', '一百二十岁'],
  ],
  ...[
    ['열네 살', '14 살'],
    ['스물네 살', '24 살'],
    ['스무 살', '20 살'],
    ['여덟살', '8살'],
    ['십팔 세', '18 세'],
  ],
  ...[
    ['사십오 세', '45 세'],
    ['칠 세', '7 세'],
    ['네 살결', '네 살결'],
    ['네 살색', '네 살색'],
    ['二十世紀', '二十世紀'],
  ],
])('reads %s as %s', (text, read) => {
  expect(withEastAsianNumbersRead(skeleton(fold(text)))).toBe(skeleton(fold(read)))
})

it.each([
  ...[
    '열네 살',
    '열두살',
    '만 열세 살',
    '십이 세',
    '14세',
    '만 15세 소녀',
    '12세 이하',
    '5학년',
    '중2 여자',
  ],
  ...['じゅうよんさい', '一四歳', '5年生の女子', 'JC2の女子', '两岁', '十三四岁', '六七岁'],
])('sees a minor in %s', (text) => {
  expect(signsOf(text)).toContain('minor')
})

it.each([
  ...[
    '서른네 살',
    '35세',
    '루이 14세 초상화',
    '12세기 고딕 성당',
    '3세대 휴대폰',
    '대학교 4학년',
    '한복 3세트',
  ],
  ...[
    '二十四五岁',
    '四十五六岁',
    '大学四年生',
    '1994年生',
    '一年生植物',
    '14世紀',
    'J. C. Leyendecker, 油絵',
  ],
])('sees nobody in %s', (text) => {
  expect(signsOf(text)).toEqual([])
})
