import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import { readErrand } from './arguments.ts'
import { deploy } from './deploy.ts'
import { gpuChoices, secondsOfCards } from './gpu-choice.ts'
import { openRunPod } from './runpod/api.ts'
import { KEY, type RunPodStub, startRunPod } from './runpod/runpod-stub.case.ts'

const results = join(import.meta.dirname, '..', 'bench', 'results')
let stub: RunPodStub
beforeEach(async () => {
  stub = await startRunPod()
})
afterEach(() => stub[Symbol.asyncDispose]())

const open = (key = KEY) =>
  openRunPod({ origin: stub.origin, key, signal: AbortSignal.timeout(20_000) })

async function run(words: string, key = KEY): Promise<string> {
  const errand = readErrand(words.split(' '))
  if (!errand) throw new Error('that asks for help')
  const lines: string[] = []
  await deploy(errand, { runpod: open(key), results, print: (line) => lines.push(line) })
  return lines.join('\n')
}

const worker =
  '--env REDIS_URL={{RUNPOD_SECRET_redis}} --env SDXL_CHECKPOINT=sdxl.safetensors --env CHECKPOINT_CONTENT=sfw'
const up = `up --image ghcr.io/me/i2i:1 --volume vol1 ${worker} --env TOKEN=hush`
const serverless = up.replace('up', 'up --serverless --min 2 --max 3')

describe('npm run deploy', () => {
  it('plans with price and seconds side by side, the cheapest image first, without cards that cannot run it', async () => {
    const said = await run('plan')
    const rows = said.split('\n').filter((line) => line.startsWith('NVIDIA'))
    expect(rows[0]).toMatch(/^NVIDIA \S.* GB +\d+\.\d\d +\d+\.\d\d +projected +\d+\.\d\d +\w+$/)
    const cost = rows.map((row) => Number(/projected +(\S+)/.exec(row)?.[1]))
    expect(cost.slice(0, 4)).toEqual(cost.slice(0, 4).toSorted((a, b) => a - b))
    expect(said).not.toContain('B200')
    expect(rows.at(-1)).toMatch(/5090.* \? +\? +none/)
  })

  it('rents nothing unless it is meant, and shows no variable’s value', async () => {
    const said = await run(up)
    expect(stub.pods).toEqual([])
    expect(said).toContain('Nothing was rented')
    expect(said).toContain(
      'REDIS_URL={{RUNPOD_SECRET_redis}}, SDXL_CHECKPOINT, CHECKPOINT_CONTENT, TOKEN',
    )
    expect(said).not.toContain('hush')
  })

  it('rents what its documented wire takes, and ends the newest of its own alone', async () => {
    await run(`${up} --count 2 --yes`)
    await run(`${up} --count 1 --name other --yes`)
    expect(stub.pods.map(({ name }) => name.slice(0, 4))).toEqual(['i2i-', 'i2i-', 'othe'])
    expect(stub.pods[0]).toMatchObject({
      env: { REDIS_URL: '{{RUNPOD_SECRET_redis}}', WORKER_PORT: '7859' },
      mounts: { network: [{ volumeId: 'vol1', path: '/workspace' }] },
      gpu: { count: 1, minCudaVersion: '13.0' },
    })
    const status = await run('status')
    expect(status).toMatch(/2 pods called i2i, \$1\.38 an hour$/)
    expect(status).toContain('https://pod1-7859.proxy.runpod.net/health')
    expect(await run('down --count 1')).toContain('would end pod2')
    await run('down --count 1 --yes')
    expect(stub.pods.map(({ id }) => id)).toEqual(['pod1', 'pod3'])
  })

  it('rents more like the newest where no image is named', async () => {
    await run(`${up} --yes`)
    expect(await run('up --count 2 --yes')).toMatch(/(made pod\d[\s\S]*){2}/)
    const [first, , last] = stub.pods
    expect(last).toMatchObject({ image: first?.image, env: first?.env, mounts: first?.mounts })
    await expect(run('up --env A=1 --yes')).rejects.toThrow('Which image?')
  })

  it('rents no worker that would not start, and says all that it wants', async () => {
    const poor = 'up --image i --env CHECKPOINT_CONTENT=nsfw --yes'
    await expect(run(poor)).rejects.toThrow(/REDIS_URL.*SDXL_CHECKPOINT.*POLICY_CLASSIFIER/)
    await expect(run(`${poor} --serverless --volume v`)).rejects.toThrow('would not start')
    expect(stub.asked.filter((line) => line.startsWith('POST'))).toEqual([])
    await run(`${poor} --unchecked`)
    expect(stub.pods).toHaveLength(1)
    expect(await run('plan')).toMatch(/To start, a worker wants yet:\n {2}REDIS_URL/)
    expect(await run(`plan ${worker}`)).not.toContain('wants yet')
    expect(await run('template --image i2i:1')).toContain('wants yet')
  })

  it('says which secrets everybody could read, and of none what it is', async () => {
    const said = await run(
      `${up} --env REDIS_URL=rediss://u:hush@h:1 --env S3_ACCESS_KEY_ID=hush --env A=b --unchecked`,
    )
    expect(said).toContain('TOKEN can be read by everybody who sees the account’s pods')
    expect(said).toContain("--env 'REDIS_URL={{ RUNPOD_SECRET_redis_url }}'")
    expect(said).not.toMatch(/hush|S3_ACCESS_KEY_ID can|CHECKPOINT can|A can/)
  })

  it('rents a machine for another command of the image, which needs nothing that a worker does', async () => {
    const words = ['up', '--name', 'fetch', '--image', 'i2i:1', '--volume', 'vol1', '--yes']
    const args = 'models pull https://civitai.com/api/download/models/1 --to /workspace'
    const errand = readErrand([...words, '--args', args])
    if (!errand) throw new Error('that asks for help')
    const lines: string[] = []
    await deploy(errand, { runpod: open(), results, print: (line) => lines.push(line) })
    expect(lines.join('\n')).toContain(`runs ${args}`)
    expect(lines.join('\n')).not.toContain('Pictures will be')
    expect(stub.pods[0]).toMatchObject({ args, mounts: { network: [{ volumeId: 'vol1' }] } })
  })

  it('leaves alone what is called as its own and was made by somebody else', async () => {
    await run(`${up} --yes`)
    stub.pods.push({
      ...stub.pods[0],
      id: 'theirs',
      name: 'i2i',
      status: 'RUNNING',
      env: { A: '1' },
    })
    expect(await run('status')).toMatch(/not made here: theirs .*\n1 pod called i2i/)
    expect(await run('down --yes')).toContain('not made here, left alone: theirs')
    expect(stub.pods.map(({ id }) => id)).toEqual(['theirs'])
  })

  it('says that pictures would go with the machine, unless they are kept elsewhere', async () => {
    expect(await run(up)).toContain('Pictures will be on that machine alone')
    expect(await run(`${up} --env STORAGE_FOLDER=none`)).not.toContain('Pictures will be')
  })

  it('makes a template for the console, as its documented wire takes it', async () => {
    expect(await run('template --image i2i:1')).toContain('Nothing was made')
    expect(await run('template --image i2i:1 --yes')).toContain('made template1')
    expect(stub.asked).toEqual(['POST /v2/templates'])
  })

  it.each([
    ['up', 'Which image?'],
    ['template', 'Which image?'],
    ['up --image i --unchecked --gpu Voodoo2', 'There is no Voodoo2 in the secure cloud'],
    ['up --image i --cloud community --volume v', 'has no network volumes'],
    ['fly', 'There is no fly here'],
    ['up --count none', '--count takes a whole number'],
    ['up --env lower=1', '--env takes NAME=VALUE'],
  ])('%s is refused with its mend', async (words, sentence) => {
    await expect(run(words)).rejects.toThrow(sentence)
  })
})

describe('a serverless endpoint', () => {
  it('is planned with its own prices, of cards that are in a pool', async () => {
    const said = await run('plan --serverless')
    expect(said).toMatch(/RTX 4090 +24 GB +1\.10 /)
    expect(said).not.toContain('5090')
  })

  it('is one request as documented, said before and asked for once', async () => {
    const said = await run(serverless)
    expect(said).toMatch(
      /workers 2 to 3, \$\S+ to \$\S+ an hour; one beyond the least ends after 60 s/,
    )
    expect(said).toContain('Jobs come by Redis, not by requests')
    expect(said).not.toContain('hush')
    expect(stub.endpoints).toEqual([])
    expect(await run(`${serverless} --gpu`.replace('--gpu', '--idle 5 --yes'))).toContain(
      'made ep1',
    )
    expect(stub.endpoints[0]).toMatchObject({
      ...{ name: 'i2i', type: 'LOAD_BALANCER', networkVolumes: ['vol1'], ports: ['7859/http'] },
      workers: { min: 2, max: 3, idleTimeout: 5 },
      env: { PORT: '7859', PORT_HEALTH: '7859', TOKEN: 'hush' },
    })
    await expect(run(serverless)).rejects.toThrow('called i2i already, ep1: end it with')
  })

  it('is of the card alone that was asked for', async () => {
    const errand = readErrand([...serverless.split(' '), '--yes', '--gpu', 'NVIDIA L40S'])
    if (!errand) throw new Error('that asks for help')
    await deploy(errand, { runpod: open(), results, print: () => {} })
    const gpu = { pools: ['ADA_48_PRO'], excludedTypes: ['NVIDIA L40'] }
    expect(stub.endpoints[0]).toMatchObject({ gpu })
  })

  it('is known to status and down, beside pods of its name', async () => {
    await run(`${serverless} --yes`)
    await run(`${up} --yes`)
    expect(await run('status')).toMatch(
      /ep1 {2}i2i {2}serverless, 2 to 3 workers.*\n {2}w1 {2}IDLE/,
    )
    expect(await run('down')).toMatch(/would end pod1[\s\S]*would end ep1/)
    await run('down --count 1 --yes')
    expect([stub.pods.length, stub.endpoints.length]).toEqual([0, 1])
    await run('down --serverless --yes')
    expect(stub.endpoints).toEqual([])
    expect(await run('down --serverless')).toBe('There is no serverless endpoint called i2i.')
  })

  it.each([
    ['up --serverless --image i --count 2', '--count is of pods'],
    ['up --serverless --image i --min 3 --max 2', '--min is more than --max'],
    ['up --image i --min 3', '--min is of --serverless'],
    [`up --serverless --image i ${worker}`, 'has no disk that lasts: add --volume'],
  ])('%s is refused with its mend', async (words, sentence) => {
    await expect(run(words)).rejects.toThrow(sentence)
  })
})

it.each([[{ secure: 0, community: 0 }], [{}], [null]])(
  'rents no card for nothing, nor loses sight of the others: a price of %o',
  async (price) => {
    stub.gpus.push({ ...stub.gpus[0], id: 'NVIDIA H200', memory: 141, secure: true, price })
    const said = await run('plan')
    expect(said).not.toContain('NVIDIA H200')
    expect(said).toContain('NVIDIA L40S')
  },
)

it('takes what was measured on a card before what is projected', async () => {
  const known = await secondsOfCards(results)
  expect(known.get('H100 SXM')?.seconds).toBeCloseTo(0.18 / 0.3, 1)
  known.set('NVIDIA H100 80GB HBM3', { seconds: 0.5, isMeasured: true })
  const [h100] = (await open().gpus('POD')).filter(({ id }) => id.includes('H100'))
  const [choice] = gpuChoices(h100 ? [h100] : [], known, 'SECURE')
  expect(choice).toMatchObject({ seconds: 0.5, isMeasured: true })
  expect(choice?.thousand).toBeCloseTo((3.99 / 3_600) * 500, 6)
})

it('says in one sentence that it has no key, and exits 1', async () => {
  const main = join(import.meta.dirname, 'main.ts')
  const words = [...typescriptLoader(), main, 'status']
  const end = await new Promise((resolve) =>
    execFile(process.execPath, words, { env: { PATH: process.env.PATH } }, (error, _, stderr) =>
      resolve([error?.code, stderr]),
    ),
  )
  expect(end).toEqual([1, expect.stringMatching(/^deploy: RUNPOD_API_KEY must be set: .*\n$/)])
})
