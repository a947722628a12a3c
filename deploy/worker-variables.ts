/** What a worker would refuse to start without, said before a machine is paid for. Its own doctor says the rest. */
import { Failure } from '#contract'

type Variables = Readonly<Record<string, string>>

/** Sentences' parts, each with its mend; none where the worker would start. */
export function variablesMissing(given: Variables): string[] {
  const has = (name: string) => (given[name] ?? '').trim() !== ''
  const isLooked = has('POLICY_CLASSIFIER')
  const mayDraw = has('CHECKPOINT_CONTENT') ? given.CHECKPOINT_CONTENT : 'nsfw'
  return [
    ...(has('REDIS_URL')
      ? []
      : ["REDIS_URL, where jobs are taken from: --env 'REDIS_URL={{ RUNPOD_SECRET_redis_url }}'"]),
    ...(has('SDXL_CHECKPOINT')
      ? []
      : ['SDXL_CHECKPOINT, a file on the volume: --env SDXL_CHECKPOINT=NAME.safetensors']),
    ...(mayDraw === 'nsfw' && !isLooked
      ? [
          'POLICY_CLASSIFIER, an image classifier on the volume, or CHECKPOINT_CONTENT=sfw where the checkpoint cannot draw nsfw',
        ]
      : []),
    ...(given.POLICY_NSFW_ENABLED === '1' && !isLooked && mayDraw !== 'nsfw'
      ? ['POLICY_CLASSIFIER, which POLICY_NSFW_ENABLED=1 wants']
      : []),
    ...(given.POLICY_NSFW_ENABLED === '1' && !has('POLICY_NSFW_ATTESTATION')
      ? ['POLICY_NSFW_ATTESTATION, which says who answers for nsfw']
      : []),
    ...companions.flatMap(([name, other]) =>
      has(name) && !has(other) ? [`${other}, which belongs to ${name}`] : [],
    ),
  ]
}

const companions = [
  ['SUPABASE_URL', 'SUPABASE_SERVICE_KEY'],
  ['SUPABASE_SERVICE_KEY', 'SUPABASE_URL'],
  ['S3_BUCKET', 'S3_ACCESS_KEY_ID'],
  ['S3_BUCKET', 'S3_SECRET_ACCESS_KEY'],
  ['S3_ACCESS_KEY_ID', 'S3_BUCKET'],
  ['S3_SECRET_ACCESS_KEY', 'S3_BUCKET'],
  ['CALLBACK_URL', 'JOB_CALLBACK_SECRET'],
  ['CALLBACK_HOSTS', 'JOB_CALLBACK_SECRET'],
] as const

/** Where pictures would be on the machine's own disk, which goes when it goes. */
export const keepsPictures = (given: Variables): boolean =>
  ['SUPABASE_URL', 'S3_BUCKET', 'STORAGE_FOLDER'].some((name) => (given[name] ?? '') !== '')

/** Names of what would stand in RunPod's console for everybody to read, though it is a secret. */
export const secretsInClear = (given: Variables): string[] =>
  Object.entries(given).flatMap(([name, value]) =>
    isSecret(name, value) && !isReference(value) && value.trim() !== '' ? [name] : [],
  )

const isSecret = (name: string, value: string): boolean =>
  /(KEY|SECRETS?|TOKEN|PASSWORD)$/.test(name) || (URL.parse(value)?.password ?? '') !== ''

/** To one of RunPod's secrets, as a part of the value or as all of it. */
const isReference = (value: string): boolean => /\{\{ *RUNPOD_SECRET_\w+ *\}\}/.test(value)

/** Throws `configuration-invalid` naming all that is missing. */
export function requireVariables(given: Variables): void {
  const missing = variablesMissing(given)
  if (missing.length === 0) return
  throw new Failure(
    'configuration-invalid',
    `The worker would not start. It wants ${missing.join('; ')}. Should the image set them itself, add --unchecked.`,
  )
}
