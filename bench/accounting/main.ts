/** `npm run accounting`: what is lost, and what is finished twice, under kills. */
import { Failure, messageOf } from '#contract'
import { privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { untilInterrupted } from '../compare/until-interrupted.ts'
import { readGiven } from '../given.ts'
import { account, type Watch } from './accounting.ts'
import { POISON_DEATHS } from './settings.ts'

const usage = `npm run accounting -- [--jobs N (500)] [--seed S (1)]

Pushes N jobs as producers of several years did to a private redis-server (append-only file). Three worker processes run
the daemon's own loop, storage and callbacks, with a stub in place of the engine. Meanwhile a random worker is SIGKILLed
about every two seconds and Redis three times, workers are frozen for longer than a lease, links to Redis are cut, fall
silent or swallow replies, and a few more jobs kill whoever draws them. The seed says when. Results are recorded outside
Redis; the last line is one JSON object. Exits 1 unless every job was acknowledged and completed exactly once, its files
are in the storage, and the jobs that kill are dead letters.`

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
  const found = await untilInterrupted((signal) => account({ jobs, seed, signal, watch }))
  const { kills, poison, dead, forgotten, felt, ...ledger } = found
  const { takenOver, copies, refused, repeated, retried, left } = felt
  console.log(
    `${takenOver} jobs taken over, ${copies} second copies dropped, ${refused} late finishes refused, ` +
      `${repeated} callbacks repeated, ${retried} drawings tried again`,
  )
  console.log(
    `${dead} of ${poison} poison jobs buried after ${POISON_DEATHS} deaths each; ` +
      `${left} staged files left by attempts that were killed, ${forgotten} by others`,
  )
  console.log(JSON.stringify({ ...ledger, kills, seed }))
  const isAll = ledger.completedOnce === jobs && ledger.acknowledged === jobs
  return isAll && dead === poison && forgotten === 0
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
