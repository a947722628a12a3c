/** The one request of a job that is paid for, as Replicate reads it. */
import type { Model } from './model.ts'
import type { ApiMessage } from './replicate-api.ts'

export interface RequestParts {
  readonly model: Pick<Model, 'version'>
  readonly input: Readonly<Record<string, unknown>>
  readonly webhookUrl: string | undefined
  /** Of the API. */
  readonly baseUrl: string
  /** After which nobody wants the picture: then it ends by itself, and costs nothing if it had not started. */
  readonly seconds: number
}

export function predictionRequest(parts: RequestParts): ApiMessage {
  const { model, input, webhookUrl, baseUrl, seconds } = parts
  const webhook = webhookUrl !== undefined &&
    isCallable(webhookUrl, baseUrl) && { webhook: webhookUrl, webhook_events_filter: ['completed'] }
  return {
    headers: { 'content-type': 'application/json', 'cancel-after': `${seconds}s` },
    body: JSON.stringify({ version: model.version, input, ...webhook }),
  }
}

/** Replicate calls HTTPS alone, and refuses all else; a stand-in of it on this machine calls what it is itself. */
const isCallable = (webhookUrl: string, baseUrl: string): boolean =>
  webhookUrl.startsWith('https://') || baseUrl.startsWith('http://')
