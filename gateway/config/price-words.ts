/** Prices as environment variables say them: `0.04/image`, `0.000975/second`, in US dollars. */
import { z } from 'zod'
import { list } from '#platform/environment/words.ts'
import type { Price } from '../providers/price.ts'

const ONE = /^(\d+(?:\.\d+)?)(?:\/(image|second))?$/
const RULE = 'must be US dollars, as 0.04/image or 0.000975/second'

/** A number alone is a second's. */
export const price = z.string().regex(ONE, RULE).transform(priceIn)

const MANY = /^([\w.-]+(?:\/[\w.-]+)+)=(\d+(?:\.\d+)?\/(?:image|second))$/

/** `owner/app=0.04/image`, separated by commas; of all apps of an owner where no more is named. */
export const prices = list
  .pipe(
    z.array(
      z.string().regex(MANY, 'must be an app with its price, as fal-ai/fast-sdxl=0.01/image'),
    ),
  )
  .transform((entries): Readonly<Record<string, Price>> => {
    const pairs = entries.map((entry) => {
      const [, app = '', said = ''] = MANY.exec(entry) ?? []
      return [app, priceIn(said)] as const
    })
    return Object.fromEntries(pairs)
  })

function priceIn(text: string): Price {
  const [, dollars, unit] = ONE.exec(text) ?? []
  const micros = Number(dollars) * 1e6
  return unit === 'image' ? { microsPerImage: micros } : { microsPerSecond: micros }
}
