/** The verbs of `npm run deploy`. What costs or ends something is only said, unless it is meant. */
import { randomBytes } from 'node:crypto'
import type { Errand } from './arguments.ts'
import { choiceTable, gpuChoices, secondsOfCards } from './gpu-choice.ts'
import {
  podLine,
  podRequest,
  podsOf,
  requestLines,
  templateRequest,
  variablesLine,
} from './pods.ts'
import type { RunPod } from './runpod/api.ts'

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

const choicesFor = async ({ cloud }: Errand, { runpod, results }: DeployTools) =>
  gpuChoices(await runpod.gpus(), await secondsOfCards(results), cloud)

async function plan(errand: Errand, tools: DeployTools): Promise<void> {
  for (const line of choiceTable(await choicesFor(errand, tools))) tools.print(line)
  tools.print('')
  tools.print(
    'Seconds are of one MODIFY at 1024 × 1024, 25 steps at denoise 0.5; projected ones are',
  )
  tools.print('the card’s floor at 30 % of its peak (bench/results/roofline.json), and no promise.')
}

async function up(errand: Errand, tools: DeployTools): Promise<void> {
  const { runpod, print } = tools
  const choices = await choicesFor(errand, tools)
  for (let made = 0; made < errand.count; made++) {
    const request = podRequest(errand, choices, randomBytes(3).toString('hex'))
    for (const line of requestLines(request)) print(line)
    if (errand.isMeant) print(`made ${podLine(await runpod.create(request))}`)
  }
  if (!errand.isMeant) print('Nothing was rented: add --yes to rent.')
}

/** For who makes pods in the console: it has no card, and a volume of its own. */
async function template(errand: Errand, { runpod, print }: DeployTools): Promise<void> {
  const request = templateRequest(errand)
  print(`template ${request.name}: ${request.image}, ${request.disk} GB`)
  print(variablesLine(request.env))
  if (errand.isMeant) print(`made ${await runpod.createTemplate(request)}`)
  else print('Nothing was made: add --yes to make it.')
}

/** The newest first: the oldest have the warmest disks. */
async function down(errand: Errand, { runpod, print }: DeployTools): Promise<void> {
  const ours = podsOf(errand.name, await runpod.pods())
  const leaving = ours.toReversed().slice(0, errand.count)
  for (const pod of leaving) {
    if (errand.isMeant) await runpod.terminate(pod.id)
    print(`${errand.isMeant ? 'ended' : 'would end'} ${podLine(pod)}`)
  }
  if (leaving.length === 0) print(`There is no pod called ${errand.name}.`)
  else if (!errand.isMeant) print('Nothing was ended: add --yes to end them.')
}

async function status(errand: Errand, { runpod, print }: DeployTools): Promise<void> {
  const ours = podsOf(errand.name, await runpod.pods())
  for (const pod of ours) print(podLine(pod))
  const cost = ours.reduce((sum, pod) => sum + (pod.cost ?? 0), 0)
  print(`${ours.length} pods called ${errand.name}, $${cost.toFixed(2)} an hour`)
}
