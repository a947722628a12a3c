/**
 * What a picture says of where it came from, as an XMP packet: that a model made it or had a part in it, in the words
 * of the IPTC (Photo Metadata Standard 2025.1), which search engines, archives and other programs read.
 */

import type { Mode } from '#contract'

export interface Provenance {
  readonly mode: Mode
  /** The checkpoint's name, without its folder. */
  readonly model: string
  /** Undefined for a picture that no queue knows. */
  readonly jobId?: string | undefined
  /** Written as the day it was in UTC, so that another attempt makes the same file. */
  readonly made: Date
}

/** IPTC's vocabulary of digital source types. */
const SOURCE_TYPES = 'http://cv.iptc.org/newscodes/digitalsourcetype'

/** A COPY has been through the model too. */
export const sourceTypes: Readonly<Record<Mode, string>> = {
  txt2img: `${SOURCE_TYPES}/trainedAlgorithmicMedia`,
  modify: `${SOURCE_TYPES}/compositeWithTrainedAlgorithmicMedia`,
  copy: `${SOURCE_TYPES}/compositeWithTrainedAlgorithmicMedia`,
}

const CREATOR_TOOL = 'i2i'

/** Names come from producers and files: a JPEG has 64 KiB for the whole packet. */
const LONGEST_NAME = 256

/** No prompt and no path is in it, for it stays in pictures that are passed on. */
export function xmpPacket({ mode, model, jobId, made }: Provenance): string {
  const properties = [
    ['Iptc4xmpExt:DigitalSourceType', sourceTypes[mode]],
    ['Iptc4xmpExt:AISystemUsed', model],
    ['xmp:CreatorTool', CREATOR_TOOL],
    ['xmp:CreateDate', made.toISOString().slice(0, 10)],
    ...(jobId === undefined ? [] : [['dc:identifier', jobId]]),
  ]
  const elements = properties.map(([name, value = '']) => {
    return `   <${name}>${escaped(value.slice(0, LONGEST_NAME))}</${name}>`
  })
  return [
    // The packet's begin and id are the same in every one (XMP specification, part 1, 7.3.2).
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '  <rdf:Description rdf:about=""',
    '    xmlns:xmp="http://ns.adobe.com/xap/1.0/"',
    '    xmlns:dc="http://purl.org/dc/elements/1.1/"',
    '    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">',
    ...elements,
    '  </rdf:Description>',
    ' </rdf:RDF>',
    '</x:xmpmeta>',
    '<?xpacket end="r"?>',
  ].join('\n')
}

/** As the text of an element. What XML has no way to say (XML 1.0, 2.2), half a surrogate pair too, becomes U+FFFD. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
