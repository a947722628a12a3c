/** Reads an element of the queue as a job, whoever pushed it and when, or says everything that is wrong with it. */
import type { z } from 'zod'
import { type Fields, isFields, own } from './fields.ts'
import { type Draft, readForeign } from './foreign.ts'
import { hostility } from './hostile.ts'
import { idIn, idRule, isId } from './identity.ts'
import { type Job, jobSchema } from './job.ts'
import { unwrap } from './unwrap.ts'

export type Reading =
  | {
      readonly kind: 'job'
      readonly id: string
      readonly job: Job
      /** What was asked and will not be done, in words: `config.scheduler "unipc"`. */
      readonly ignored: readonly string[]
    }
  /** Without an id nobody can be told: such an element belongs to the dead letters. */
  | {
      readonly kind: 'refused'
      readonly id: string | undefined
      readonly problems: readonly string[]
    }
  /** It has no id: give it one with `identify`, and read it again. */
  | { readonly kind: 'unnamed' }
  | { readonly kind: 'unreadable'; readonly reason: string }

/**
 * `raw` is an element of the queue. A canonical part, `i2i`, is all that counts where there is one; otherwise the
 * fields of every era are read. Never throws. No reason or problem quotes a prompt or a URL.
 */
export function readPayload(raw: string): Reading {
  const unwrapped = unwrap(raw)
  if ('unreadable' in unwrapped) return { kind: 'unreadable', reason: unwrapped.unreadable }
  const { payload } = unwrapped
  const canonical = own(payload, 'i2i') ?? undefined
  const found = idIn(payload)
  const id = isId(found) ? found : undefined
  // What a job of ours carries for a producer lies one level deeper than where that put it.
  const hostile = hostility(payload, canonical === undefined ? 1 : 0)
  if (hostile) return { kind: 'refused', id, problems: [hostile] }
  if (found === undefined) return { kind: 'unnamed' }
  if (id === undefined) return { kind: 'refused', id, problems: [`id ${idRule}`] }
  const draft = canonical === undefined ? readForeign(payload, id) : readCanonical(canonical, id)
  return judge(draft, id)
}

const VERSION = 1

function readCanonical(canonical: unknown, id: string): Draft {
  const nothing = { job: {}, places: new Map([['', 'i2i']]), ignored: [] }
  if (!isFields(canonical)) return { ...nothing, problems: ['i2i must be an object'] }
  const { v, ...job } = canonical
  const isOurs = v === VERSION
  const other = `i2i.v must be ${VERSION}: gateway and worker are of different versions`
  return { ...nothing, job: { ...job, id }, problems: isOurs ? [] : [other] }
}

function judge({ job, places, problems, ignored }: Draft, id: string): Reading {
  const result = jobSchema.safeParse(job)
  const wrong = result.success ? [] : result.error.issues.map((issue) => sentence(issue, places))
  const all = [...problems, ...contradictions(job), ...wrong]
  if (result.success && all.length === 0) return { kind: 'job', id, job: result.data, ignored }
  return { kind: 'refused', id, problems: [...new Set(all)].map(bounded) }
}

const LONGEST_PROBLEM = 300

/** The name of a setting that does not exist may be as long as the payload. */
function bounded(problem: string): string {
  const isLong = problem.length > LONGEST_PROBLEM
  return isLong ? `${problem.slice(0, LONGEST_PROBLEM)}…` : problem
}

function sentence(issue: z.core.$ZodIssue, places: ReadonlyMap<string, string>): string {
  const place = placeOf(issue.path.map(String), places)
  return issue.code === 'unrecognized_keys'
    ? `${place} has no such setting: ${issue.keys.join(', ')}`
    : `${place} ${issue.message}`
}

/** In the producer's words as far as they go: `asked.steps` was `config.num_inference_steps`. */
function placeOf(path: readonly string[], places: ReadonlyMap<string, string>): string {
  for (let length = path.length; length >= 0; length--) {
    const known = places.get(path.slice(0, length).join('.'))
    if (known !== undefined) return [known, ...path.slice(length)].join('.')
  }
  return path.join('.')
}

/** What is wrong only together. */
function contradictions({ mode, reference, asked, enhance }: Fields): string[] {
  const problems: string[] = []
  const isDrawnAnew = mode === 'txt2img'
  const hasPrompt = isFields(asked) && (own(asked, 'prompt') ?? '') !== ''
  if ((mode === 'modify' || mode === 'copy') && reference === undefined) {
    problems.push(`reference_image_url is missing, and mode ${mode} needs a reference`)
  }
  if (isDrawnAnew && reference !== undefined)
    problems.push('mode txt2img has no use for a reference')
  if (isDrawnAnew && !hasPrompt)
    problems.push('prompt is missing, and without a reference it is all')
  if (mode === 'copy' && enhance === true) problems.push('enhance must be false in mode copy')
  return problems
}
