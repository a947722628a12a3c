/** `npm run accounting`: what is lost, and what is finished twice, under kills. */
import { Failure, messageOf } from '#contract'
import { privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { untilInterrupted } from '../compare/until-interrupted.ts'
import { readGiven } from '../given.ts'
import { account, type Watch } from './accounting.ts'

const usage = `npm run accounting -- [--jobs N (500)] [--seed S (1)]

Pushes N jobs as today's producers do to a private redis-server (append-only file), and has three worker processes
finish them with a stub in place of the engine. Meanwhile a random worker is SIGKILLed about every two seconds and
Redis three times, workers are frozen for longer than a lease, and links to Redis are cut, fall silent or swallow
replies. The seed says when. Results are recorded outside Redis; the last line is one JSON object. Exits 1 unless
every job was acknowledged and completed exactly once.`

const options = { jobs: 'N (500)', seed: 'S (1)', help: '' }

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}

/** Whether all is in order. */
async function main(args: readonly string[]): Promise<boolean> {
  const given = readGiven(args, options)
  if (given.isSet('help')) {
    console.log(usage)
    return true
  }
  const [tooMuch] = given.positionals
  if (tooMuch !== undefined) {
    throw new Failure('request-invalid', `accounting does not know what ${tooMuch} is for.`)
  }
  if (privateRedisMissing) throw new Failure('configuration-invalid', privateRedisMissing)
  const [jobs, seed] = [given.count('jobs') ?? 500, given.count('seed') ?? 1]
  const watch = watchOn(process.stderr, jobs)
  const { kills, felt, ...ledger } = await untilInterrupted((signal) =>
    account({ jobs, seed, signal, watch }),
  )
  const { takenOver, copies, refused, repeated } = felt
  console.log(
    `${takenOver} jobs taken over, ${copies} second copies dropped, ${refused} late finishes refused, ` +
      `${repeated} callbacks repeated`,
  )
  console.log(JSON.stringify({ ...ledger, kills, seed }))
  return ledger.completedOnce === jobs && ledger.acknowledged === jobs
}

/** On a terminal one line is drawn anew as jobs are delivered; elsewhere there is a line a state. */
function watchOn(stream: NodeJS.WriteStream, jobs: number): Watch {
  const started = performance.now()
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s`
  const wipe = stream.isTTY ? `\r${' '.repeat(40)}\r` : ''
  return {
    state: (text) => stream.write(`${wipe}${seconds()}  ${text}\n`),
    progress(delivered) {
      if (stream.isTTY) stream.write(`\r${seconds()}  ${delivered} of ${jobs} delivered`)
    },
  }
}
