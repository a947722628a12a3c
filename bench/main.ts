/** `npm run bench -- NAME`: one benchmark, its numbers kept under bench/results/. */
import { Failure, messageOf } from '#contract'
import { type Bench, benches } from './benches.ts'
import { readGiven } from './given.ts'

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}

/** Whether the bench's gate holds. */
async function main([name = '', ...args]: readonly string[]): Promise<boolean> {
  if (['', 'help', '--help', '-h'].includes(name)) {
    console.log(usage())
    return name !== ''
  }
  const bench = Object.entries(benches).find(([known]) => known === name)?.[1]
  if (!bench) {
    const known = Object.keys(benches).join(', ')
    throw new Failure('request-invalid', `${name} is no bench: name ${known}, or help.`)
  }
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usageOf(name, bench))
    return true
  }
  const given = readGiven(args, bench.options)
  const [tooMuch] = given.positionals.slice(bench.operands?.length ?? 0)
  if (tooMuch !== undefined) {
    throw new Failure('request-invalid', `bench ${name} does not know what ${tooMuch} is for.`)
  }
  return bench.run(given, (line) => console.log(line))
}

function usage(): string {
  const all = Object.entries(benches).map(([name, bench]) => usageOf(name, bench))
  return `npm run bench -- NAME [options]

${all.join('\n')}

Without --checkpoint, one of random weights is made once: 6.9 GB in $I2I_BENCH_DIR, or .data/bench. Results go to
bench/results/, raw values included; the last line is one JSON object, and the exit status says whether a gate fails.`
}

function usageOf(name: string, { says, operands = [], options }: Bench): string {
  const shown = Object.entries(options).map(([option, value]) => `--${option} ${value}`.trim())
  const margin = `\n${' '.repeat(14)}`
  const lines = wrapped([...operands, ...shown]).map((line) => margin + line)
  return `  ${name.padEnd(11)} ${says}${lines.join('')}`
}

/** As many to a line as stay within a hundred columns. */
function wrapped(words: readonly string[]): string[] {
  const lines: string[] = []
  for (const word of words) {
    const longer = `${lines.at(-1)}  ${word}`
    if (lines.length > 0 && longer.length <= 86) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
