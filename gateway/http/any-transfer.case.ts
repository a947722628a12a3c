/** How a request comes over the wire beside what it says: headers that few send, encodings, and bodies in pieces. */
import fc from 'fast-check'

export interface Transfer {
  readonly headers: Readonly<Record<string, string>>
  /** Of the body's bytes. */
  readonly change: (bytes: Buffer) => Buffer
  /** Bytes of a piece; undefined for a body in one, whose length is told. */
  readonly chunk: number | undefined
}

/** Usually nothing out of the ordinary, so that what lies behind is reached. */
export const anyTransfer: fc.Arbitrary<Transfer> = fc.record({
  headers: seldom(unusualHeaders(), {}),
  change: seldom(
    fc.constantFrom<Transfer['change'][]>(
      (bytes) => Buffer.concat([Buffer.from('\ufeff'), bytes]),
      (bytes) => Buffer.from(bytes.toString(), 'utf16le'),
      (bytes) => Buffer.concat([bytes, Buffer.from([0xff, 0xc0, 0x80])]),
      (bytes) => bytes.subarray(0, bytes.length >> 1),
    ),
    (bytes) => bytes,
  ),
  chunk: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined, freq: 4 }),
})

function seldom<T>(odd: fc.Arbitrary<T>, usual: T): fc.Arbitrary<T> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: odd })
}

function unusualHeaders(): fc.Arbitrary<Transfer['headers']> {
  const texts = {
    prefer: [
      'wait',
      'wait=',
      'wait=-1',
      'wait=1e3',
      'respond-async, wait="0"',
      'wait=0;x=1,wait=9',
      ',',
    ],
    'idempotency-key': ['a', '"a"', ' ', 'k\u00e9y', 'k'.repeat(255), 'k'.repeat(256), 'a, b'],
    'last-event-id': ['end', '0', '-1', '1-1', '18446744073709551616-0', 'x-y', '%00', '1 1'],
    range: [
      'bytes=0-',
      'bytes=-1',
      'bytes=5-1',
      'bytes=0-0,1-1',
      'bytes=99999999999999999-',
      'lines=1',
    ],
    'if-none-match': ['*', '"x"', 'W/"x", "y"', 'x'],
    accept: ['*/*', 'text/html', 'application/xml;q=0', 'x'],
    'content-encoding': ['gzip', 'identity', 'br, gzip', ''],
    authorization: [
      'Bearer',
      'Bearer ',
      'Basic !!',
      'Basic YTpi',
      'Bearer a.b.c',
      'Bearer i2i_x',
      'x',
    ],
    'x-forwarded-for': ['1.2.3.4', '::1', 'unknown', ','.repeat(100)],
    'x-request-id': ['x'.repeat(500), '../..'],
    traceparent: ['00-0-0-00', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, 'x'],
  }
  const all = Object.entries(texts).map(([name, values]) =>
    fc.constantFrom(...values).map((value): readonly [string, string] => [name, value]),
  )
  return fc.array(fc.oneof(...all), { minLength: 1, maxLength: 3 }).map(Object.fromEntries)
}
