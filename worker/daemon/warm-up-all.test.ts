import { expect, it } from 'vitest'
import type { Size } from '#contract'
import { warmUpAll } from './warm-up-all.ts'

async function warmed(served: readonly Size[] | undefined): Promise<(Size | undefined)[]> {
  const sizes: (Size | undefined)[] = []
  const warmUp = async (size?: Size) => void sizes.push(size)
  await warmUpAll({ warmUp }, served)
  return sizes
}

it('makes every served size ready, the first one last, so that it stays', async () => {
  const square = { width: 1024, height: 1024 }
  const wide = { width: 1216, height: 832 }
  expect(await warmed([square, wide])).toEqual([wide, square])
  expect(await warmed(undefined)).toEqual([undefined])
})
