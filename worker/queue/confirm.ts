/** Asks a person who sits at a terminal; elsewhere nobody could answer, and a word on the command line must do. */
import { createInterface } from 'node:readline/promises'
import { Failure } from '#contract'

export interface Asking {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream
}

/** Whether it is wanted. Throws `request-invalid` where nobody can be asked. */
export async function confirm(question: string, { input, output }: Asking): Promise<boolean> {
  if (!input.isTTY) {
    throw new Failure('request-invalid', `${question} Nobody can be asked here: say --yes.`)
  }
  const lines = createInterface({ input, output })
  try {
    // Ctrl-C and Ctrl-D end the lines, after which no answer would ever come.
    const silence = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    const answer = await Promise.race([lines.question(`${question} [y/N] `), silence])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}
