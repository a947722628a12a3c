/** `npm run accounting`: what is lost, what is finished twice, and what is charged twice, under kills. */
import { Failure, messageOf } from '#contract'
import { privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { postgresMissing } from '../../gateway/database/private-postgres.case.ts'
import { untilInterrupted } from '../compare/until-interrupted.ts'
import { type Given, readGiven } from '../given.ts'
import { type Account, account, type GatewayOptions, type Watch } from './accounting.ts'
import { POISON_DEATHS } from './settings.ts'

const usage = `npm run accounting -- [--jobs N (500)] [--seed S (1)] [--without-gateways] [--empty-redis]

Pushes half of N jobs as producers of several years did to a private redis-server (append-only file), and asks for the
other half of two gateways on a private Postgres, under Idempotency-Keys. Three worker processes run the daemon's own
loop, storage and callbacks, with a stub in place of the engine. Meanwhile a random worker is SIGKILLed about every two
seconds, a gateway about every four, Redis three times and Postgres three times; workers and gateways are frozen for
longer than a lease, links to Redis are cut, fall silent or swallow replies, and a few more jobs kill whoever draws
them. The seed says when. Results are recorded outside Redis and Postgres; the last line is one JSON object. Exits 1
unless every job was acknowledged and completed exactly once, charged once where a gateway took it, its files are in
the storage, and the jobs that kill are dead letters.

--without-gateways is how it is where there is no Postgres: all are pushed. With --empty-redis all are asked of
gateways, and Redis is emptied once in the middle.`

const options = {
  jobs: 'N (500)',
  seed: 'S (1)',
  'without-gateways': '',
  'empty-redis': '',
  help: '',
}

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
  const gateways = gatewaysOf(given, jobs)
  const watch = watchOn(process.stderr, jobs)
  const work = { jobs: jobs - (gateways?.jobs ?? 0), gateways, seed, watch }
  return tell(await untilInterrupted((signal) => account({ ...work, signal })), { jobs, seed })
}

function gatewaysOf(given: Given, jobs: number): GatewayOptions | undefined {
  const empties = given.isSet('empty-redis')
  const isWithout = given.isSet('without-gateways')
  if (empties && (isWithout || postgresMissing !== undefined)) {
    const why = postgresMissing ?? 'jobs that are pushed to it would be lost by right'
    throw new Failure('request-invalid', `Redis cannot be emptied without gateways: ${why}.`)
  }
  if (isWithout || postgresMissing !== undefined) return undefined
  return { jobs: empties ? jobs : Math.floor(jobs / 2), empties }
}

function tell(found: Account, { jobs, seed }: { readonly jobs: number; readonly seed: number }) {
  const { kills, pushed, asked, poison, forgotten, felt } = found
  const { takenOver, copies, refused, repeated, retried, left } = felt
  console.log(
    `${kills.workers} workers, ${kills.gateways} gateways killed, Redis ${kills.redis} times, Postgres ${kills.database}`,
  )
  console.log(
    `${takenOver} jobs taken over, ${copies} second copies dropped, ${refused} late finishes refused, ` +
      `${repeated} callbacks repeated, ${retried} drawings tried again`,
  )
  console.log(
    `${pushed.dead} of ${poison} poison jobs buried after ${POISON_DEATHS} deaths each; ` +
      `${left} staged files left by attempts that were killed, ${forgotten} by others`,
  )
  if (asked) console.log(`${asked.acknowledged} by gateways, ${asked.open} of them not over`)
  const sum = (of: 'acknowledged' | 'completedOnce' | 'lost' | 'finishedTwice') =>
    pushed[of] + (asked?.[of] ?? 0)
  const last = {
    acknowledged: sum('acknowledged'),
    completedOnce: sum('completedOnce'),
    lost: sum('lost'),
    finishedTwice: sum('finishedTwice'),
    ...(asked && { chargedTwice: asked.chargedTwice }),
    kills: kills.workers + kills.redis + kills.gateways + kills.database,
    seed,
  }
  console.log(JSON.stringify(last))
  const isAll = last.completedOnce === jobs && last.acknowledged === jobs
  const isCharged = !asked || (asked.chargedTwice === 0 && asked.open === 0)
  return isAll && isCharged && pushed.dead === poison && forgotten === 0
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
