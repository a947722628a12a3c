/** Listens to many jobs at once, a connection each, as browsers do. */
import { readFile } from 'node:fs/promises'
import { type ClientRequest, get } from 'node:http'
import { z } from 'zod'
import { type Callers, readCallers } from './callers.ts'
import { jobsSchema } from './load-task.ts'
import { type StreamsFound, streamsTask } from './streams-task.ts'
import { nowMs } from './workers-task.ts'

const { origin, ...files } = streamsTask.parse(JSON.parse(process.argv[2] ?? ''))
const callers = await readCallers(files.callers)
const jobs = jobsSchema.parse(JSON.parse(await readFile(files.jobs, 'utf8')))

/** At a time: a client that comes back after an outage opens no more. */
const AT_ONCE = 100
const FIRST_MS = 30_000
const progressJson = z.object({ jobId: z.string(), step: z.number().nullable() })

const counts = { opened: 0, ended: 0, lost: 0, events: 0 }
const progress: { id: string; step: number; at: number }[] = []
const requests: ClientRequest[] = []
let isOver = false

const started = performance.now()
for (let i = 0; i < jobs.length; i += AT_ONCE) {
  const some = jobs.slice(i, i + AT_ONCE)
  await Promise.all(some.map(({ id, caller }) => open(id, callers[caller])))
}
const openMs = performance.now() - started
console.log('open')
await new Promise((resolve) => process.once('SIGTERM', resolve))
isOver = true
const found: StreamsFound = { ...counts, openMs, progress }
for (const request of requests) request.destroy()
console.log(JSON.stringify(found))

/** Resolves when the first event is there, or never will be. */
async function open(id: string, caller: Callers[number] | undefined): Promise<void> {
  const headers = { authorization: `Bearer ${caller?.key}` }
  await new Promise<void>((resolve) => {
    const request = get(`${origin}/v1/jobs/${id}/events`, { headers, agent: false })
    requests.push(request)
    const timer = setTimeout(resolve, FIRST_MS)
    let hasEnded = false
    let isOpen = false
    const closed = () => {
      if (!hasEnded && !isOver) counts.lost++
      clearTimeout(timer)
      resolve()
    }
    request.once('error', () => {})
    request.once('close', closed)
    request.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.once('error', () => {})
      response.on('data', (chunk: string) => {
        text += chunk
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const event = take(text.slice(0, end))
          text = text.slice(end + 2)
          if (event === 'ended') hasEnded = true
          if (event === undefined || isOpen) continue
          isOpen = true
          counts.opened++
          clearTimeout(timer)
          resolve()
        }
      })
    })
  })
}

/** Undefined for what is no event. */
function take(text: string): 'ended' | 'other' | undefined {
  const name = /^event: (\w+)/m.exec(text)?.[1]
  if (name === undefined) return undefined
  counts.events++
  if (name === 'completed') {
    counts.ended++
    return 'ended'
  }
  if (name !== 'progress') return 'other'
  const { jobId, step } = progressJson.parse(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? ''))
  if (step !== null) progress.push({ id: jobId, step, at: nowMs() })
  return 'other'
}
