/** What the apps of fal.ai take, as far as it is known: each operator's account may say otherwise. */
import type { Price } from '../price.ts'
import { appsOf, type FalApp, ownerAndApp } from './apps.ts'

/**
 * Of the table that the system in production charges by, as of 2026-04-11 (`fal-image` of Lazyjimpressions/ourvidz: its
 * default for an image, and its entry for v4.5). SDXL is taken by the second of a machine, of which it says nothing.
 */
const KNOWN: Readonly<Record<string, Price>> = {
  'fal-ai/bytedance/seedream/v4/edit': { microsPerImage: 30_000 },
  'fal-ai/bytedance/seedream/v4.5/edit': { microsPerImage: 35_000 },
}

/**
 * By owner and app, which is all that a request is known by later; of several apps of one owner the one that is
 * configured. An entry of `own` stands for every app below it, and for the one that it names most closely.
 */
export function pricesByOwner(
  own: Readonly<Record<string, Price>>,
  modifyApp: FalApp,
): Readonly<Record<string, Price>> {
  const pairs = appsOf(modifyApp).flatMap(({ name }) => {
    const price = closest(own, name) ?? KNOWN[name]
    return price ? [[ownerAndApp(name), price] as const] : []
  })
  return Object.fromEntries(pairs)
}

function closest(prices: Readonly<Record<string, Price>>, name: string): Price | undefined {
  const [key] = Object.keys(prices)
    .filter((key) => name === key || name.startsWith(`${key}/`))
    .toSorted((a, b) => b.length - a.length)
  return key === undefined ? undefined : prices[key]
}
