/**
 * Standard output for a log of many lines: those of one turn of the event loop are one write, since a write for each
 * costs as much as all else that a line does. What the process says as it ends is written; what kills it takes the
 * lines of one turn along.
 */
import { type DestinationStream, destination } from 'pino'

/** @param output takes text of whole lines. */
export function gatheredOutput(
  output: DestinationStream = destination({ dest: 1, sync: true }),
): DestinationStream {
  let text = ''
  const flush = () => {
    const lines = text
    text = ''
    if (lines !== '') output.write(lines)
  }
  process.once('exit', flush)
  return {
    write(line) {
      if (text === '') setImmediate(flush)
      text += line
    },
  }
}
