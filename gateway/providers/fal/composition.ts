/** What an app is sent for a job, and what of the job that leaves out: one answer for `fit` and `submit`. */
import type { Order } from '../provider.ts'
import { unheeded } from '../unheeded.ts'
import { appsFor, type FalApp } from './apps.ts'
import { composeDenoising } from './denoising-input.ts'
import { composeInstructions } from './instruction-input.ts'

export type Asking = Pick<Order, 'job' | 'planned' | 'size'>

export type Composed =
  | {
      readonly fits: true
      readonly input: Readonly<Record<string, unknown>>
      readonly notes: readonly string[]
    }
  | { readonly fits: false; readonly reason: string }

export type Composition = Composed & { readonly app: FalApp }

/** By the first app that can do it; else what the first says against it. */
export function compose(order: Asking, modifyApp: FalApp): Composition {
  const all = appsFor(order.planned.mode, modifyApp).map((app) => composeFor(order, app))
  const best = all.find(({ fits }) => fits) ?? all[0]
  if (!best) throw new Error(`No app is listed for mode ${order.planned.mode}.`)
  return best
}

function composeFor(order: Asking, app: FalApp): Composition {
  const { name } = app
  if (order.job.asked.quality === 'turbo') {
    return { app, fits: false, reason: `${name} was not distilled for quality turbo.` }
  }
  const made =
    app.kind === 'instructions' ? composeInstructions(order, app) : composeDenoising(order, app)
  if (!made.fits) return { app, ...made }
  const unheard = unheeded(order, { name, isReferenceCut: app.kind === 'denoising' })
  return { app, ...made, notes: [...made.notes, ...unheard] }
}
