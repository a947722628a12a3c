/** How far a transfer of gigabytes is, in words for a line of progress. */
import type { ProgressLine } from '#worker/cli/progress-line.ts'
import { sizeInWords } from './size-in-words.ts'

export interface TransferLine {
  /** `bytes`: how many are there of all. */
  readonly at: (bytes: number) => void
}

const EVERY_MS = 200
const BAR_WIDTH = 24

/**
 * On a terminal a bar, elsewhere one line.
 * @param from bytes that were there before; @param of unknown where the host does not say.
 */
export function createTransferLine(
  line: Pick<ProgressLine, 'state'>,
  what: { readonly name: string; readonly from: number; readonly of: number | undefined },
  {
    isTTY,
    now = () => performance.now(),
  }: { readonly isTTY: boolean; readonly now?: () => number },
): TransferLine {
  const { name, from, of } = what
  const began = now()
  const whole = of === undefined ? name : `${name} (${sizeInWords(of)})`
  let shown = Number.NEGATIVE_INFINITY
  if (!isTTY) line.state(from > 0 ? `${whole}, from ${sizeInWords(from)} on` : whole)
  return {
    at(bytes) {
      if (!isTTY || now() - shown < EVERY_MS) return
      shown = now()
      const seconds = (shown - began) / 1_000
      const rate = seconds > 0 ? (bytes - from) / seconds : 0
      const speed = `${Math.round(rate / 1e6)} MB/s`
      if (of === undefined) return line.state(`${name}  ${sizeInWords(bytes)}  ${speed}`)
      const left = rate > 0 ? `  ${Math.ceil((of - bytes) / rate)} s left` : ''
      line.state(
        `${name}  ${bar(bytes / of)} ${sizeInWords(bytes)} of ${sizeInWords(of)}  ${speed}${left}`,
      )
    },
  }
}

function bar(share: number): string {
  const full = Math.min(BAR_WIDTH, Math.floor(BAR_WIDTH * share))
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}]`
}
