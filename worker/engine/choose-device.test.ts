import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chooseDevice } from './choose-device.ts'
import { tinyCheckpoints, watchedEngine } from './tiny-engine.case.ts'

const checkpoint = tinyCheckpoints()
const hasNvidia = existsSync('/dev/nvidiactl') || existsSync('/dev/dxg')

test('the CPU is taken where it is asked for', async () => {
  expect(await chooseDevice('cpu')).toEqual({ device: 'cpu' })
})

test.skipIf(hasNvidia)('auto takes the CPU where there is no CUDA, and says why', async () => {
  const { device, deviceNote } = await chooseDevice('auto')
  expect(device).toBe('cpu')
  expect(deviceNote).toMatch(/^No CUDA here: .*CUDA.*\.$/i)
})

test.skipIf(hasNvidia)('an engine told to use CUDA where there is none never runs', async () => {
  const { engine, deaths } = watchedEngine(await checkpoint(), { device: 'cuda' })
  const failure = await engine.load().catch((error) => error)
  expect(failure).toMatchObject({ code: 'device-unavailable', fault: 'operator', retryable: false })
  expect(failure.message).toMatch(
    /^The device cuda does not work here: .*CUDA provider.*\. Mend that, or choose the device cpu\.$/,
  )
  await engine[Symbol.asyncDispose]()
  expect(deaths).toEqual([])
})
