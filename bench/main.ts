/** `npm run bench -- NAME`: one benchmark, its numbers kept under bench/results/. */
import { parseArgs } from 'node:util'
import { Failure, messageOf } from '#contract'
import { benchOpen } from './open/open.ts'
import { benchPeer } from './peer/peer.ts'
import { subjectNames } from './peer/subjects.ts'

const usage = `npm run bench -- NAME [options]

  open   time from nothing to five open sessions on a full-size checkpoint, and what was written to disk
         --rounds N (5)  --checkpoint FILE
  peer   one evaluation of the UNet, the VAE's encoder and decoder at 512×512, against diffusers
         --rounds N (3)  --evaluations N (3)  --subject ${subjectNames.join('|')}
         --prepared (the UNet also with prepared weights: 12 GB)  --python COMMAND  --checkpoint FILE

Without --checkpoint, one of random weights is made once: 6.9 GB in $I2I_BENCH_DIR, or .data/bench.
Results go to bench/results/, raw values included; the last line is one JSON object, and the exit status says whether
the gate holds.`

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}

/** Whether the gate holds. */
async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      evaluations: { type: 'string', default: '3' },
      subject: { type: 'string' },
      checkpoint: { type: 'string' },
      python: { type: 'string' },
      prepared: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const { checkpoint, python, prepared, subject, help } = values
  const print = (line: string) => console.log(line)
  if (help) {
    print(usage)
    return true
  }
  switch (positionals[0]) {
    case 'open':
      return benchOpen({ rounds: count(values.rounds ?? '5', 'rounds'), checkpoint }, print)
    case 'peer':
      return benchPeer(
        {
          rounds: count(values.rounds ?? '3', 'rounds'),
          evaluations: count(values.evaluations, 'evaluations'),
          subjects: subjectNames.filter((name) => name === (subject ?? name)),
          checkpoint,
          python,
          prepared,
        },
        print,
      )
    default:
      throw new Failure('request-invalid', `Name a bench, open or peer.\n\n${usage}`)
  }
}

function count(text: string, option: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new Failure('request-invalid', `--${option} is ${text}: give a whole number from 1 on.`)
}
