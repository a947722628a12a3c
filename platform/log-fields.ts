/** What a log line may say: a list of names, each with what its value may look like. */

import { Failure } from '#contract'
import { hostOnly, isPlainName, scrub } from './scrub.ts'

const name = (value: unknown): string | undefined =>
  typeof value === 'string' ? (isPlainName(value) ? value : '[withheld]') : undefined
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined
const flag = (value: unknown): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined
/** A sentence of ours, such as a Failure's. */
const sentence = (value: unknown): string | undefined =>
  typeof value === 'string' ? scrub(value) : undefined
/** A URL, of which the host is told. */
const host = (value: unknown): string | undefined =>
  typeof value === 'string' ? hostOnly(value) : undefined

const writers = {
  process: name,
  workerId: name,
  jobId: name,
  requestId: name,
  callbackId: name,
  /** Of a trace: as long as a key, but nobody's. */
  traceId: (value: unknown) =>
    typeof value === 'string' && /^[0-9a-f]{32}$/.test(value) ? value : undefined,
  /** Who asked: the id of a key, or a subject. */
  caller: name,
  code: name,
  /** The class of rule that refused. */
  rule: name,
  mode: name,
  status: name,
  stage: name,
  outcome: name,
  provider: name,
  device: name,
  gpu: name,
  signal: name,
  method: name,
  /** The pattern that a request matched, never its own path. */
  route: (value: unknown) =>
    typeof value === 'string' && /^(\/[\w:.*-]{0,24}){1,8}$/.test(value) ? value : undefined,
  version: name,
  reason: sentence,
  url: host,
  attempt: number,
  fence: number,
  count: number,
  depth: number,
  port: number,
  pid: number,
  httpStatus: number,
  milliseconds: number,
  waitMilliseconds: number,
  bytes: number,
  width: number,
  height: number,
  images: number,
  steps: number,
  evaluations: number,
  isRetried: flag,
  isReady: flag,
  error: describeError,
} as const satisfies Record<string, (value: unknown) => unknown>

/** Whatever is not of the form that its name demands is withheld. */
export type LogFields = { readonly [Name in keyof typeof writers]?: Input<Name> | undefined }

type Input<Name extends keyof typeof writers> = Name extends 'error'
  ? unknown
  : NonNullable<ReturnType<(typeof writers)[Name]>>

/** The fields that may be told, and no other, later ones before earlier; how many were left out, where some were. */
export function permittedFields(...all: readonly LogFields[]): Readonly<Record<string, unknown>> {
  const written: Record<string, unknown> = {}
  let withheld = 0
  for (const fields of all) {
    for (const [key, value] of Object.entries(fields)) {
      if (value === undefined) continue
      const permitted = isField(key) ? writers[key](value) : undefined
      if (permitted === undefined) withheld++
      else written[key] = permitted
    }
  }
  return withheld === 0 ? written : { ...written, withheld }
}

const isField = (key: string): key is keyof typeof writers => Object.hasOwn(writers, key)

/**
 * A Failure's sentence is ours. Any other error's message may quote what it was about, as
 * JSON.parse does, so of those the class, the code and the places in the source are told.
 */
function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { name: typeof error }
  const code = 'code' in error ? name(error.code) : undefined
  const isOurs = error instanceof Failure
  return {
    name: name(error.name) ?? 'Error',
    ...(code !== undefined && { code }),
    ...(isOurs ? { message: scrub(error.message) } : { at: placesOf(error) }),
    ...(error.cause instanceof Error && { cause: describeError(error.cause) }),
  }
}

/** The innermost lines of a stack: function, file and line, without the message before them. */
function placesOf({ stack = '', message }: Error): readonly string[] {
  const end = stack.indexOf(message) + message.length
  const frames = stack.slice(end).match(/^\s+at .+:\d+:\d+\)?$/gm) ?? []
  return frames.slice(0, 6).map((frame) => frame.trim().replace(/\?[^):]*/g, ''))
}
