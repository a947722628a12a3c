/** The order of events in a queue's stream, by their ids: milliseconds, a dash, and a number within them. */

export const isStreamId = (text: string): boolean => /^\d{1,20}-\d{1,20}$/.test(text)

/** @param place undefined before the first. */
export function isAfter(id: string, place: string | undefined): boolean {
  if (place === undefined) return true
  const [ms, number] = partsOf(id)
  const [placeMs, placeNumber] = partsOf(place)
  return ms === placeMs ? number > placeNumber : ms > placeMs
}

function partsOf(id: string): readonly [bigint, bigint] {
  const [ms = '0', number = '0'] = id.split('-')
  return [BigInt(ms), BigInt(number)]
}
