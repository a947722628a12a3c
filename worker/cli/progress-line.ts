/** How far a run is, on standard error: one bar on a terminal, one line a state elsewhere. */
import type { Progress, Stage } from '#pipeline/stages.ts'

export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressLine {
  /** Something that takes a while has begun. */
  state(text: string): void
  /** The same, of which a share is done, from 0 to 1. */
  share(text: string, done: number): void
  /** `images`: how many there will be. */
  progress(progress: Progress, images: number): void
  /** A line that stays. */
  notice(text: string): void
  /** Clears what was drawn. */
  end(): void
}

/** `now`: milliseconds of any clock. */
export function createProgressLine(
  stream: ProgressStream,
  now: () => number = () => performance.now(),
): ProgressLine {
  const line = stream.isTTY ? redrawn(stream) : written(stream)
  let startedDenoising: number | undefined
  return {
    state: line.show,
    share: (text, done) => line.show(text, `${bar(done, 1)} ${Math.floor(100 * done)} %`),
    progress(progress, images) {
      const { stage, image, done, of } = progress
      const isShared = images === 1 || stage === 'prompt' || stage === 'encode'
      const state = stages[stage] + (isShared ? '' : `, picture ${image + 1} of ${images}`)
      if (stage !== 'denoise') return line.show(state)
      startedDenoising ??= now()
      line.show(state, `${bar(done, of)} ${done}/${of}${left(progress, now() - startedDenoising)}`)
    },
    notice(text) {
      line.clear()
      stream.write(`i2i: ${text}\n`)
    },
    end: line.clear,
  }
}

const stages: Readonly<Record<Stage, string>> = {
  prompt: 'reading the prompt',
  encode: 'encoding the photo',
  denoise: 'denoising',
  decode: 'decoding',
}

interface Line {
  /** `detail` changes within a state. */
  show(state: string, detail?: string): void
  clear(): void
}

/** Spaces wipe what a longer text left, because not every terminal knows escapes. */
function redrawn(stream: ProgressStream): Line {
  let drawn = 0
  const draw = (text: string) => {
    // A line as wide as the terminal would wrap, and could not be taken back. 0 columns are unknown.
    const fitting = text.slice(0, (stream.columns || 80) - 1)
    stream.write(`\r${fitting.padEnd(drawn)}`)
    drawn = fitting.length
  }
  return {
    show: (state, detail) => draw(detail ? `${state}  ${detail}` : state),
    clear() {
      if (drawn === 0) return
      draw('')
      stream.write('\r')
    },
  }
}

function written(stream: ProgressStream): Line {
  let last: string | undefined
  return {
    show(state) {
      if (state !== last) stream.write(`${state}\n`)
      last = state
    },
    clear() {},
  }
}

const BAR_WIDTH = 24

function bar(done: number, of: number): string {
  const full = of === 0 ? BAR_WIDTH : Math.round((done / of) * BAR_WIDTH)
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}]`
}

/** Time to come, if the evaluations to come take as long as those behind. */
function left({ done, of }: Progress, elapsed: number): string {
  if (done === 0) return ''
  return `  ${Math.ceil(((elapsed / done) * (of - done)) / 1000)} s left`
}
