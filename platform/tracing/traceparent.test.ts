import { expect, it } from 'vitest'
import { readTraceparent, writeTraceparent } from './traceparent.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

it('reads what it writes, and says whether who asks keeps the trace', () => {
  for (const [flags, traceFlags] of [
    ['00', 0],
    ['01', 1],
  ] as const) {
    const read = readTraceparent(`00-${TRACE}-${SPAN}-${flags}`)
    expect(read).toMatchObject({ traceId: TRACE, spanId: SPAN, traceFlags })
    expect(read && writeTraceparent(read)).toBe(`00-${TRACE}-${SPAN}-${flags}`)
  }
})

it('reads a later version as far as it goes, and of its flags the one that it knows', () => {
  const read = readTraceparent(`cc-${TRACE}-${SPAN}-ff-what-comes-then`)
  expect(read).toMatchObject({ traceId: TRACE, spanId: SPAN, traceFlags: 1 })
})

it.each([
  ['nothing', undefined],
  ['an empty one', ''],
  ['a version that there never is', `ff-${TRACE}-${SPAN}-01`],
  ['more than this version has', `00-${TRACE}-${SPAN}-01-more`],
  ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['a trace that is none', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['a span that is none', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['one that is cut short', `00-${TRACE}-${SPAN.slice(1)}-01`],
  ['one within something else', `x00-${TRACE}-${SPAN}-01\n`],
])('passes %s over', (_, header) => {
  expect(readTraceparent(header)).toBeUndefined()
})
