import { DOMParser } from 'linkedom'
import { describe, expect, test } from 'vitest'
import type { RgbImage } from '#contract'
import { decodeImage } from '../image/decode.ts'
import { encodeImage } from '../image/encode.ts'
import { inspectImage } from '../image/inspect.ts'
import type { PictureFormat } from '../image/picture-format.ts'
import { readParameters } from '../image/read-parameters.ts'
import { sharp } from '../image/sharp.ts'
import { packetIn } from './packet-in.case.ts'
import { readProvenance } from './read-provenance.ts'
import { type Provenance, xmpPacket } from './xmp-packet.ts'

const formats: readonly PictureFormat[] = ['png', 'webp', 'jpeg']
const COMPOSITE =
  'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia'
const TRAINED = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'

const image: RgbImage = {
  width: 40,
  height: 24,
  data: Uint8Array.from({ length: 40 * 24 * 3 }, (_, i) => (i * 37) % 256),
}
const provenance: Provenance = {
  mode: 'modify',
  model: 'lustify <v4> & "friends" 猫',
  jobId: '7b2a9d10-5555-4666-8777-a88888888888',
  made: new Date('2026-11-23T23:59:59Z'),
}
const parameters = { prompt: 'a heron of the marshes', steps: 25, seed: 1 }

describe.each(formats)('a %s', (format) => {
  test('says that a model had a part in it, where every reader of XMP looks', async () => {
    const packet = packetIn(await encodeImage(image, { format, parameters, provenance }), format)
    const xml = new DOMParser().parseFromString(packet, 'text/xml')
    const said = (name: string) => xml.querySelector(name.replace(':', '\\:'))?.textContent
    expect(said('Iptc4xmpExt:DigitalSourceType')).toBe(COMPOSITE)
    expect(said('Iptc4xmpExt:AISystemUsed')).toBe(provenance.model)
    expect(said('xmp:CreatorTool')).toBe('i2i')
    expect(said('xmp:CreateDate')).toBe('2026-11-23')
    expect(said('dc:identifier')).toBe(provenance.jobId)
    expect(packet).not.toContain('heron')
  })

  test('gives it back, and its parameters beside it', async () => {
    const bytes = await encodeImage(image, { format, parameters, provenance })
    expect(await readProvenance(bytes)).toEqual({
      ...{ sourceType: COMPOSITE, creatorTool: 'i2i', model: provenance.model },
      ...{ jobId: provenance.jobId, made: '2026-11-23' },
    })
    expect(await readParameters(bytes)).toEqual(parameters)
    const { exif, comments = [] } = await inspectImage(bytes)
    // Where the web UI looks, in a PNG and in the others.
    const texts = [exif?.toString('latin1'), ...comments.map(({ text }) => text)].join('\n')
    expect(texts).toContain('a heron of the marshes\nSteps: 25, Seed: 1')
  })

  test('has the pixels that it has without, and no other metadata', async () => {
    const [marked, plain] = await Promise.all([
      encodeImage(image, { format, provenance }),
      encodeImage(image, { format }),
    ])
    const pixels = await Promise.all([marked, plain].map((bytes) => decodeImage(bytes)))
    expect(Buffer.compare(pixels[0]!.data, pixels[1]!.data)).toBe(0)
    const { exif, icc, iptc } = await inspectImage(marked)
    expect([exif, icc, iptc]).toEqual([undefined, undefined, undefined])
  })

  test('without provenance says nothing of it', async () => {
    expect(await readProvenance(await encodeImage(image, { format, parameters }))).toBeUndefined()
  })
})

test('a picture from nothing is trained media, one of a photograph is composite', () => {
  expect(xmpPacket({ ...provenance, mode: 'txt2img' })).toContain(`>${TRAINED}<`)
  expect(xmpPacket({ ...provenance, mode: 'copy' })).toContain(`>${COMPOSITE}<`)
})

test('the same picture of the same day is the same file', async () => {
  const { made: _, ...rest } = provenance
  const files = await Promise.all(
    [0, 23].map((hour) => {
      const made = new Date(Date.UTC(2026, 10, 23, hour))
      return encodeImage(image, { format: 'png', parameters, provenance: { ...rest, made } })
    }),
  )
  expect(Buffer.compare(files[0]!, files[1]!)).toBe(0)
})

test('names that XML cannot say, or that are too long, do no harm', async () => {
  const hostile = {
    model: `\0\u001b]]>--><x a='b'>&amp;\ud800${'n'.repeat(100_000)}`,
    jobId: '</dc:identifier><Iptc4xmpExt:DigitalSourceType>none',
  }
  const bytes = await encodeImage(image, {
    format: 'jpeg',
    provenance: { ...provenance, ...hostile },
  })
  const read = await readProvenance(bytes)
  expect(read).toMatchObject({ sourceType: COMPOSITE, jobId: hostile.jobId })
  expect(read?.model).toHaveLength(256)
  expect(read?.model?.replace(/n+$/, '')).toBe(`\ufffd\ufffd]]>--><x a='b'>&amp;\ufffd`)
})

test('what another program wrote as attributes is read too', async () => {
  const packet = xmpPacket(provenance).replace(
    /<rdf:Description[\s\S]*<\/rdf:Description>/,
    `<rdf:Description rdf:about="" xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
      xmlns:xmp="http://ns.adobe.com/xap/1.0/" e:DigitalSourceType = '${TRAINED}'
      xmp:CreatorTool="A &amp; B &#x43;"/>`,
  )
  const pixels = sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } })
  const bytes = await pixels.withXmp(packet).webp().toBuffer()
  expect(await readProvenance(bytes)).toMatchObject({
    ...{ sourceType: TRAINED, creatorTool: 'A & B C', model: undefined },
  })
})
