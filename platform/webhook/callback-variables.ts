/** Whom callbacks tell, and how they are signed, by the variables that gateway and worker both read. */
import type { z } from 'zod'
import { choice, httpUrl, list, text } from '../environment/words.ts'

export const callbackVariables = {
  CALLBACKS: choice(['worker', 'gateway'])
    .default('worker')
    .describe('Who tells receivers of jobs of other producers. gateway: workers need no keys.'),
  CALLBACK_URL: httpUrl.optional().describe('The receiver; Supabase’s job-callback unless set.'),
  CALLBACK_BEARER: text.optional().describe('For CALLBACK_URL alone; the service key unless set.'),
  JOB_CALLBACK_SECRET: text.optional().describe('Callbacks are signed with it.'),
  CALLBACK_SCHEME: choice(['job-callback', 'standard'])
    .default('job-callback')
    .describe('standard: as Standard Webhooks has it.'),
  CALLBACK_HOSTS: list.default([]).describe('name or *.name, that jobs may name callback URLs at.'),
}

export interface CallbackConfig {
  /** Of jobs of other producers; a gateway's own are always told of by a gateway. */
  readonly by: 'worker' | 'gateway'
  readonly url: string | undefined
  readonly bearer: string | undefined
  readonly secret: string | undefined
  readonly scheme: 'job-callback' | 'standard'
  readonly hosts: readonly string[]
}

export interface SupabaseAccess {
  readonly url: string
  readonly serviceKey: string
}

export function callbackOf(
  found: z.infer<z.ZodObject<typeof callbackVariables>>,
  supabase: SupabaseAccess | undefined,
): CallbackConfig {
  const ofSupabase = supabase && `${supabase.url.replace(/\/+$/, '')}/functions/v1/job-callback`
  const isSigned = found.JOB_CALLBACK_SECRET !== undefined
  return {
    by: found.CALLBACKS,
    // Without the secret that signs them, job-callback would refuse them all.
    url: found.CALLBACK_URL ?? (isSigned ? ofSupabase : undefined),
    bearer: found.CALLBACK_BEARER ?? supabase?.serviceKey,
    secret: found.JOB_CALLBACK_SECRET,
    scheme: found.CALLBACK_SCHEME,
    hosts: found.CALLBACK_HOSTS,
  }
}

/** Parts of a sentence, each with its mend. */
export function callbackContradictions({ url, secret, hosts }: CallbackConfig): readonly string[] {
  const isUnsigned = (url !== undefined || hosts.length > 0) && secret === undefined
  return isUnsigned ? ['JOB_CALLBACK_SECRET must be set, for callbacks are signed with it'] : []
}
