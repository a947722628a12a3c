/** Glimpses of pictures that are being drawn, as a page can show them: what a worker wrote, believed as little as any input. */
import { type Job, MOST_PREVIEW_BYTES, type Queue } from '#contract'

/** A worker sends none of what must be looked at first; this holds where an older one, or a wrong one, does. */
export const mayBeSeen = ({ contentMode }: Pick<Job, 'contentMode'>): boolean =>
  contentMode === 'sfw'

/** Data URLs by job. Nothing that is not base64, or is larger than a worker sends. */
export async function previewsOf(
  ids: readonly string[],
  read: Queue['previews'] | undefined,
): Promise<ReadonlyMap<string, string>> {
  if (read === undefined || ids.length === 0) return new Map()
  const known = [...(await read(ids))].filter(([, text]) => isPicture(text))
  return new Map(known.map(([id, text]) => [id, `data:image/jpeg;base64,${text}`]))
}

/** Base64 takes four characters for three bytes. */
const LONGEST = Math.ceil(MOST_PREVIEW_BYTES / 3) * 4

/** A JPEG begins with FF D8 FF, which base64 writes so. */
const isPicture = (text: string): boolean =>
  text.length <= LONGEST && /^\/9j\/[A-Za-z0-9+/]*={0,2}$/.test(text)
