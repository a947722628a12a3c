/** What was typed after `npm run models --`. */
import { parseArgs } from 'node:util'
import { Failure, messageOf } from '#contract'

export interface PullErrand {
  readonly url: string
  readonly to: string
  readonly name: string | undefined
  readonly sha256: string | undefined
}

export const help = `Fetches a checkpoint, or a LoRA, to a folder: from Hugging Face, from Civitai, or from any other URL.

  npm run models -- pull URL --to FOLDER
      --name FILE        what to call it; the host's own name unless given
      --sha256 HEX       what it must be; the hash that the host tells unless given

It may be cut off at any time: the same command goes on from where it was. Exit status: 0 it is there; 1 something has to be mended
first; 75 nothing is wrong with the command, run it again later; 130 it was interrupted.
`

/** Undefined for help. Throws `request-invalid`. */
export function readArguments(typed: readonly string[]): PullErrand | undefined {
  const { values, positionals } = parsed(typed)
  if (values.help || typed.length === 0) return undefined
  const [verb, url, ...more] = positionals
  if (verb !== 'pull') throw invalid(`There is no ${verb ?? 'verb'} here: the verb is pull.`)
  if (url === undefined || more.length > 0) throw invalid('pull takes one URL.')
  const { to, name } = values
  if (to === undefined) {
    throw invalid('Where to? Add --to FOLDER, on a pod --to /workspace.')
  }
  const sha256 = values.sha256?.toLowerCase()
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw invalid('--sha256 takes 64 hexadecimal digits.')
  }
  if (name !== undefined && (/[/\\]/.test(name) || name === '' || /^\.+$/.test(name))) {
    throw invalid('--name takes the name of a file, without folders.')
  }
  return { url, to, name, sha256 }
}

const string = { type: 'string' } as const
const options = {
  ...{ to: string, name: string, sha256: string },
  help: { type: 'boolean', short: 'h' },
} as const

function parsed(typed: readonly string[]) {
  try {
    return parseArgs({ args: [...typed], options, allowPositionals: true })
  } catch (error) {
    throw invalid(`${messageOf(error).split('. ')[0]}. See npm run models -- --help.`)
  }
}

const invalid = (message: string): Failure => new Failure('request-invalid', message)
