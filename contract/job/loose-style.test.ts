import { expect, test } from 'vitest'
import { readLooseStyle } from './loose-style.ts'
import { readPayload } from './read-payload.ts'
import { today } from './today.case.ts'

test('what today’s page shows as nothing chosen is nothing', () => {
  for (const style of ['None', 'none', '', null, undefined]) {
    expect(readLooseStyle({ shot_type: 'wide', camera_angle: 'eye_level', style })).toEqual({
      style: undefined,
      unknown: [],
    })
  }
})

test('values and presets are known in any case, and a look may be in words', () => {
  expect(
    readLooseStyle({ shot_type: 'Close', camera_angle: 'bird eye', style: '2D Novel' }),
  ).toEqual({
    style: { shotType: 'close', cameraAngle: 'bird_eye', look: '2d_novel' },
    unknown: [],
  })
  expect(readLooseStyle({ style: 'film grain, moody' }).style).toEqual({
    look: 'film grain, moody',
  })
})

test('a value that no page ever had is told, and adds nothing', () => {
  const { style, unknown } = readLooseStyle({ shot_type: 'fisheye', style: 'x'.repeat(301) })
  expect([style, unknown]).toEqual([undefined, ['shot_type', 'style']])
})

test('a producer’s style controls are obeyed wherever they stand, but not in COPY', () => {
  const styled = (more: object) => {
    const controls = { shot_type: 'close', camera_angle: 'sideways', style: 'Dreamy' }
    const metadata = { ...today.metadata, ...controls, ...more }
    const reading = readPayload(JSON.stringify({ ...today, metadata }))
    return reading.kind === 'job' ? [reading.job.asked.style, reading.ignored] : reading
  }
  expect(styled({})).toEqual([
    { shotType: 'close', look: 'dreamy' },
    ['metadata.camera_angle "sideways"'],
  ])
  expect(styled({ exact_copy_mode: true })).toEqual([undefined, []])
})
