/** What a picture says of where it came from, read back. */

import { inspectImage } from '../image/inspect.ts'

/** Each as it is written; undefined where the picture does not say. */
export interface ClaimedProvenance {
  /** A URI of IPTC's vocabulary, whoever wrote it. */
  readonly sourceType: string | undefined
  readonly creatorTool: string | undefined
  readonly model: string | undefined
  readonly jobId: string | undefined
  /** `2026-11-23`, or with a time where another program wrote it. */
  readonly made: string | undefined
}

/**
 * Undefined for a picture without XMP. Anybody can write or remove it: it may make a picture suspect, and never make
 * it trusted. Throws `image-unreadable` for no picture.
 */
export async function readProvenance(bytes: Uint8Array): Promise<ClaimedProvenance | undefined> {
  const { xmpAsString: xmp } = await inspectImage(bytes)
  if (xmp === undefined) return undefined
  return {
    sourceType: propertyIn(xmp, 'DigitalSourceType'),
    model: propertyIn(xmp, 'AISystemUsed'),
    creatorTool: propertyIn(xmp, 'CreatorTool'),
    made: propertyIn(xmp, 'CreateDate'),
    jobId: propertyIn(xmp, 'identifier'),
  }
}

/** Under whatever prefix, as an element or an attribute: RDF has both. */
function propertyIn(xmp: string, name: string): string | undefined {
  const element = new RegExp(`<[\\w.-]+:${name}(?:\\s[^<>]*)?>([^<]*)</`).exec(xmp)
  const attribute = new RegExp(`\\s[\\w.-]+:${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(xmp)
  const found = element?.[1] ?? attribute?.[1] ?? attribute?.[2]
  return found === undefined ? undefined : unescaped(found)
}

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    const point = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : undefined
    if (point !== undefined) return point <= 0x10ffff ? String.fromCodePoint(point) : whole
    return entities[name] ?? whole
  })
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}
