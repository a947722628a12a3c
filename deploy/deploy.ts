/** The verbs of `npm run deploy`. What costs or ends something is only said, unless it is meant. */
import { randomBytes } from 'node:crypto'
import { Failure } from '#contract'
import type { Errand } from './arguments.ts'
import { choiceTable, type GpuChoice, gpuChoices, secondsOfCards } from './gpu-choice.ts'
import {
  alike,
  chosen,
  podLine,
  podRequest,
  podsOf,
  requestLines,
  strangersCalled,
  templateRequest,
  variablesLine,
  whereHealthIs,
} from './pods.ts'
import type { GpuType, RunPod } from './runpod/api.ts'
import { endpointLines, endpointRequest, endpointRequestLines, endpointsOf } from './serverless.ts'
import {
  keepsPictures,
  requireVariables,
  secretsInClear,
  variablesMissing,
} from './worker-variables.ts'

export interface DeployTools {
  readonly runpod: RunPod
  /** Where measurements are. */
  readonly results: string
  readonly print: (line: string) => void
}

/** Throws the Failure of what stands in the way; pods that were made or ended before it are told by then. */
export async function deploy(errand: Errand, tools: DeployTools): Promise<void> {
  switch (errand.verb) {
    case 'plan':
      return plan(errand, tools)
    case 'up':
      return up(errand, tools)
    case 'template':
      return template(errand, tools)
    case 'down':
      return down(errand, tools)
    case 'status':
      return status(errand, tools)
  }
}

const choicesFor = async (
  { cloud, serverless }: Errand,
  types: readonly GpuType[],
  results: string,
): Promise<GpuChoice[]> =>
  gpuChoices(types, await secondsOfCards(results), serverless ? 'SERVERLESS' : cloud)

async function plan(errand: Errand, { runpod, results, print }: DeployTools): Promise<void> {
  const types = await runpod.gpus(errand.serverless ? 'SERVERLESS' : 'POD')
  for (const line of choiceTable(await choicesFor(errand, types, results))) print(line)
  print('')
  print('Seconds are of one MODIFY at 1024 × 1024, 25 steps at denoise 0.5; projected ones are')
  print('the card’s floor at 30 % of its peak (bench/results/roofline.json), and no promise.')
  for (const line of wantedLines(errand)) print(line)
}

function wantedLines({ env, isUnchecked }: Errand): string[] {
  const missing = isUnchecked ? [] : variablesMissing(env)
  return missing.length === 0
    ? []
    : ['To start, a worker wants yet:', ...missing.map((each) => `  ${each}`)]
}

async function up(errand: Errand, tools: DeployTools): Promise<void> {
  const { runpod, results, print } = tools
  if (errand.serverless) return upServerless(errand, tools)
  const { name, image, gpu, volume, env, args } = errand
  const saysWhat = [image, gpu, volume, args, ...Object.keys(env)].some(
    (said) => said !== undefined,
  )
  const newest = saysWhat ? undefined : podsOf(name, await runpod.pods()).at(-1)
  const isMore = newest !== undefined
  if (image !== undefined) check(errand, print)
  const choices = isMore ? [] : await choicesFor(errand, await runpod.gpus('POD'), results)
  for (let made = 0; made < (errand.count ?? 1); made++) {
    const suffix = randomBytes(3).toString('hex')
    const request = isMore ? alike(newest, name, suffix) : podRequest(errand, choices, suffix)
    for (const line of requestLines(request)) print(line)
    if (errand.isMeant) print(`made ${podLine(await runpod.create(request))}`)
  }
  if (!errand.isMeant) print('Nothing was rented: add --yes to rent.')
}

async function upServerless(
  errand: Errand,
  { runpod, results, print }: DeployTools,
): Promise<void> {
  const [there] = endpointsOf(errand.name, await runpod.endpoints())
  if (there) {
    const mend = 'end it with npm run deploy -- down --serverless, or add --name ANOTHER'
    const message = `There is a serverless endpoint called ${errand.name} already, ${there.id}: ${mend}.`
    throw new Failure('request-invalid', message)
  }
  if (errand.image !== undefined) check(errand, print)
  const types = await runpod.gpus('SERVERLESS')
  const choices = await choicesFor(errand, types, results)
  const request = endpointRequest(errand, choices, types)
  for (const line of endpointRequestLines(request, chosen(errand, choices))) print(line)
  if (!errand.isMeant) return print('Nothing was rented: add --yes to rent.')
  for (const line of endpointLines(await runpod.createEndpoint(request), [])) print(`made ${line}`)
}

/** Throws `configuration-invalid` before anything is paid for that would end at once. */
function check({ env, args, isUnchecked }: Errand, print: (line: string) => void): void {
  const isWorker = args === undefined || /^ *worker\b/.test(args)
  if (isWorker && !isUnchecked) requireVariables(env)
  for (const line of inClear(env)) print(line)
  if (!isWorker || keepsPictures(env)) return
  print('Pictures will be on that machine alone, and go with it: name SUPABASE_URL, S3_BUCKET, or')
  print('STORAGE_FOLDER=none where a gateway with MINT_UPLOADS=1 says where to put them.')
}

const inClear = (env: Errand['env']): string[] =>
  secretsInClear(env).map(
    (name) =>
      `${name} can be read by everybody who sees the account’s pods: put it under Secrets at RunPod, and say --env '${name}={{ RUNPOD_SECRET_${name.toLowerCase()} }}'.`,
  )

/** For who makes pods in the console: it has no card, and a volume of its own. */
async function template(errand: Errand, { runpod, print }: DeployTools): Promise<void> {
  const request = templateRequest(errand)
  print(`template ${request.name}: ${request.image}, ${request.disk} GB`)
  print(variablesLine(request.env))
  for (const line of [...inClear(errand.env), ...wantedLines(errand)]) print(line)
  if (errand.isMeant) print(`made ${await runpod.createTemplate(request)}`)
  else print('Nothing was made: add --yes to make it.')
}

/** The newest first: the oldest have the warmest disks. */
async function down(errand: Errand, { runpod, print }: DeployTools): Promise<void> {
  const { name, count, serverless, isMeant } = errand
  const pods = serverless ? [] : await runpod.pods()
  const ours = podsOf(name, pods)
  const leaving = ours.toReversed().slice(0, count)
  const ended = isMeant ? 'ended' : 'would end'
  for (const pod of leaving) {
    if (isMeant) await runpod.terminate(pod.id)
    print(`${ended} ${podLine(pod)}`)
  }
  const endpoints = count === undefined ? endpointsOf(name, await runpod.endpoints()) : []
  for (const endpoint of endpoints) {
    if (isMeant) await runpod.deleteEndpoint(endpoint.id)
    for (const line of endpointLines(endpoint, [])) print(`${ended} ${line}`)
  }
  for (const pod of strangersCalled(name, pods)) print(`not made here, left alone: ${podLine(pod)}`)
  const found = leaving.length + endpoints.length
  const kinds = serverless
    ? 'serverless endpoint'
    : count === undefined
      ? 'pod and no endpoint'
      : 'pod'
  if (found === 0) print(`There is no ${kinds} called ${name}.`)
  else if (!isMeant) print('Nothing was ended: add --yes to end them.')
}

async function status({ name }: Errand, { runpod, print }: DeployTools): Promise<void> {
  const all = await runpod.pods()
  const ours = podsOf(name, all)
  for (const pod of ours) print(`${podLine(pod)}${whereHealthIs(pod)}`)
  for (const pod of strangersCalled(name, all)) print(`not made here: ${podLine(pod)}`)
  for (const endpoint of endpointsOf(name, await runpod.endpoints())) {
    for (const line of endpointLines(endpoint, await runpod.workersOf(endpoint.id))) print(line)
  }
  const cost = ours.reduce((sum, pod) => sum + (pod.cost ?? 0), 0)
  const pods = ours.length === 1 ? '1 pod' : `${ours.length} pods`
  print(`${pods} called ${name}, $${cost.toFixed(2)} an hour`)
}
