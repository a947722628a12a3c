import { describe, expect, it } from 'vitest'
import { ageSigns } from './ages.ts'
import { fold } from './fold.ts'
import { plainly } from './pieces.ts'

const signsOf = (text: string) => [...ageSigns(fold(text), plainly(fold(text)), 2026)]

describe('an age beside a gender', () => {
  it.each([
    ...['14f', 'f14', '15/f', '(16F)', 'F/15', 'm15', '13 yo f', 'twelve/f', '12/m/london'],
    ...['f/14, nude', 'm 16', 'F(13)', 'F-14', '14-f', '15 F, blonde', '14♀', '♂ 12', '14m, shy'],
    ...['(15m)', 'F/15, bokeh, 85mm lens', '１４f', '14\u200bf', '❶❹f', 'f fourteen', '15 y/o f'],
    ...['9|f', 'a 14m and a 15f', 'nude,14f'],
  ])('is seen in %s', (text) => {
    expect(signsOf(text)).toContain('minor')
  })

  it.each([
    ...['f1.4', 'f/14 aperture', 'F16 jet', '14f lens', 'f-15 Eagle', 'M16 rifle', 'iso 100 f16'],
    ...['f/16, 1/125 s', '85mm f14', 'f/2.8', 'f/22', '16:9', 'M8 bolts', 'M13 globular cluster'],
    ...['a 12m yacht', 'a pool of 15m, blue', '14°F', 'a cold 14F morning', '#f14', '#f16a2b'],
    ...['24f', 'f35 jet', 'sdxl_f16', 'flux-f8', '0.14f', 'fp16', '14 flowers', 'M25', '12 fish'],
    ...['F12 key', 'a 14m tall tower', '14 m long', '5mm', '16mm film', 'f16, canon', '18f?'],
    ...[
      'with an M16',
      'the F-16',
      'a bra of size 14F',
      'f/8, black and white',
      '16 f-stops',
      'a 15 m ketch',
    ],
  ])('is none in %s', (text) => {
    expect(signsOf(text)).not.toContain('minor')
  })

  it('is looked for in a time that grows with the text, however often something explains it', () => {
    const before = process.cpuUsage()
    for (const each of ['14f lens ', 'f14 iso ', 'm14 gun ', 'f', '1', '14', 'f/', '14m deep ']) {
      signsOf(each.repeat(100_000 / each.length))
    }
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(4_000)
  })
})
