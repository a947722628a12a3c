/** How requests end at fal.ai's stand-in: what their status says, and what their result is answered with. */
import type { Reply } from '../stub-wire.case.ts'

export type Ending =
  | 'done'
  /** The safety checker of SDXL blacked a picture out. */
  | 'blacked-out'
  /** 422 of type content_policy_violation. */
  | 'refused'
  /** The same, and COMPLETED says so too. */
  | 'refused-in-status'
  /** A COMPLETED with an error, whose result looks like a success. */
  | 'failed-in-status'
  | 'reference-too-large'
  | 'reference-not-fetched'
  | 'runner-lost'
  /** 504 by `x-fal-request-timeout`. */
  | 'out-of-time'
  /** 504 of theirs, which may be tried again. */
  | 'startup-timeout'
  /** 500 that is not worth a second try, by the header of before. */
  | 'crashed'
  /** The same, without a header. */
  | 'crashed-mutely'
  | 'cancelled'
  /** Without a picture. */
  | 'empty'
  /** Its files are not there. */
  | 'lost'
  /** Its result is not there. */
  | 'forgotten'
  /** Starts never. */
  | 'stuck'
  /** Runs for ever. */
  | 'endless'

export interface Ended {
  /** In the status, beside COMPLETED. */
  readonly error?: { readonly error: string; readonly error_type?: string }
  readonly result: Reply
}

export interface Made {
  readonly id: string
  readonly app: string
  readonly input: Readonly<Record<string, unknown>>
  readonly origin: string
}

const policy = 'The content could not be processed because it was flagged by a content checker.'

export function endedBy(ending: Ending, made: Made): Ended {
  const told = TOLD[ending]
  const output = { result: { json: outputOf(ending, made) } }
  if (ending === 'failed-in-status') {
    const error = { error: 'Internal Server Error', error_type: 'runner_server_error' }
    return { ...output, error }
  }
  if (ending === 'refused-in-status') {
    return { result: TOLD.refused ?? {}, error: { error: policy } }
  }
  return told ? { result: told } : output
}

const TOLD: Readonly<Partial<Record<Ending, Reply>>> = {
  refused: ofModel('content_policy_violation', policy),
  'reference-too-large': ofModel('image_too_large', 'Image dimensions are too large.'),
  'reference-not-fetched': ofModel('file_download_error', 'Failed to download the file.'),
  'runner-lost': ofPlatform(503, 'runner_disconnected', 'Runner disconnected'),
  'out-of-time': {
    ...ofPlatform(504, 'request_timeout', 'Request timed out'),
    headers: { 'x-fal-request-timeout-type': 'user', 'x-fal-error-type': 'request_timeout' },
  },
  'startup-timeout': {
    ...ofPlatform(504, 'startup_timeout', 'Runner startup timed out'),
    headers: { 'x-fal-retryable': 'true' },
  },
  crashed: {
    status: 500,
    headers: { 'x-fal-needs-retry': '0' },
    json: { detail: 'Internal Server Error' },
  },
  'crashed-mutely': { status: 500, json: { detail: 'Internal Server Error' } },
  cancelled: ofPlatform(499, 'client_cancelled', 'The request was cancelled'),
  forgotten: { status: 404, json: { detail: 'Request not found' } },
}

function ofModel(type: string, msg: string): Reply {
  const url = `https://docs.fal.ai/errors#${type}`
  const detail = [{ loc: ['body', 'image_url'], msg, type, url, input: { prompt: 'a secret' } }]
  return { status: 422, headers: { 'x-fal-retryable': 'false' }, json: { detail } }
}

function ofPlatform(status: number, type: string, detail: string): Reply {
  return { status, headers: { 'x-fal-error-type': type }, json: { detail, error_type: type } }
}

/** As each app has it: Seedream 4.5 tells no seed, and neither Seedream of unsafe concepts. */
function outputOf(ending: Ending, { id, app, input, origin }: Made): Record<string, unknown> {
  const { num_images: count = 1, seed = 42, prompt } = input
  const folder = ending === 'lost' ? 'gone' : id
  const length = ending === 'empty' ? 0 : Number(count)
  const images = Array.from({ length }, (_, n) => ({
    url: `${origin}/media/${folder}/out-${n}.png`,
    content_type: 'image/png',
    width: 64,
    height: 64,
  }))
  if (app.includes('/v4.5/')) return { images }
  if (app.includes('/seedream/')) return { images, seed }
  const unsafe = images.map((_, n) => ending === 'blacked-out' && n === 0)
  return { images, seed, prompt, timings: { inference: 1.5 }, has_nsfw_concepts: unsafe }
}
