/**
 * What another size of picture costs, in the three ways to serve it, and what two pictures at a time gain:
 * cuDNN plans a convolution for one shape, and plans anew when it sees another.
 */
import { type Checkpoint, openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { measured } from '../measured.ts'
import type { PartTask, Row, Step } from '../part-task.ts'
import { sizesOf, unetPrecision } from '../sizes.ts'
import { openSubject, type SubjectOptions } from '../subject.ts'
import { elapsed, timed } from '../timing.ts'

/** Two UNets with what they compute with, beside a driver's own. */
const TWO_SESSIONS_MB = 20_000

export async function steps(task: PartTask): Promise<readonly Step[]> {
  const checkpoint = await openCheckpoint(task.checkpoint)
  const { side, otherSide, runs } = sizesOf(task)
  const options = { device: task.device, lowering: task.lowering, precision: unetPrecision(task) }
  const turns = { checkpoint, options, sides: [side, otherSide] as const, runs }
  return [
    { name: 'open sides', run: (report) => openSides(turns, report) },
    {
      name: 'one session at a time',
      async run(report) {
        for (const [i, pixels] of [side, otherSide, side].entries()) {
          const row = await measured(checkpoint, 'unet', { ...options, pixels, runs: 3 })
          report({ what: `one session at a time, ${i + 1}: ${pixels}`, ...row })
        }
      },
    },
    {
      name: 'two sessions kept',
      async run(report) {
        const what = 'two sessions kept'
        if (task.gpuMemoryMb !== null && task.gpuMemoryMb < TWO_SESSIONS_MB) {
          report({
            what,
            skipped: `the card has ${task.gpuMemoryMb} MB, two need ${TWO_SESSIONS_MB}`,
          })
        } else await twoSessions(turns, report)
      },
    },
    {
      name: 'batch of two',
      async run(report) {
        const row = await measured(checkpoint, 'unet', { ...options, pixels: side, batch: 2, runs })
        report({ what: 'batch of two', ...row })
      },
    },
  ]
}

interface Turns {
  readonly checkpoint: Checkpoint
  readonly options: Omit<SubjectOptions, 'pixels'>
  readonly sides: readonly [number, number]
  readonly runs: number
}

/** One session for all sizes: what is its price when none changes, and when each run changes it? */
async function openSides({ checkpoint, options, sides, runs }: Turns, report: Report) {
  await using subject = await openSubject(checkpoint, 'unet', { ...options, pixels: null })
  for (const pixels of sides) {
    const timing = await timed(runs, () => subject.run(pixels))
    report({ what: `open sides, ${pixels}`, openMs: subject.openMs, pixels, ...timing })
  }
  report({
    what: 'open sides, alternating',
    ...(await alternating(sides, (side) => subject.run(side))),
  })
}

async function twoSessions({ checkpoint, options, sides, runs }: Turns, report: Report) {
  const [side, otherSide] = sides
  await using one = await openSubject(checkpoint, 'unet', { ...options, pixels: side })
  await using other = await openSubject(checkpoint, 'unet', { ...options, pixels: otherSide })
  for (const [subject, pixels] of [
    [one, side],
    [other, otherSide],
  ] as const) {
    const timing = await timed(runs, () => subject.run(pixels))
    report({ what: `two sessions kept, ${pixels}`, openMs: subject.openMs, pixels, ...timing })
  }
  const run = (pixels: number) => (pixels === side ? one : other).run(pixels)
  report({ what: 'two sessions kept, alternating', ...(await alternating(sides, run)) })
}

/** Milliseconds of each run by size, the size changing at every one. */
async function alternating(
  sides: readonly [number, number],
  run: (pixels: number) => Promise<unknown>,
): Promise<Readonly<Record<string, readonly number[]>>> {
  const [side, otherSide] = sides
  const [first, second]: [number[], number[]] = [[], []]
  for (let i = 0; i < 3; i++) {
    first.push(await elapsed(() => run(side)))
    second.push(await elapsed(() => run(otherSide)))
  }
  return { [`ms at ${side}`]: first, [`ms at ${otherSide}`]: second }
}

type Report = (row: Row) => void
