/** The bucket that keeps the pictures, by the variables that begin with S3_. */
import { z } from 'zod'
import type { S3Options } from './s3-storage.ts'

const switches = ['0', '1'] as const

export const s3Variables = {
  S3_BUCKET: z
    .string()
    .optional()
    .describe('Of S3, MinIO, R2 and the like: pictures go here, not to a folder or Supabase.'),
  S3_ENDPOINT: z
    .string()
    .regex(/^https?:\/\/./i, 'must be an http or https URL')
    .optional()
    .describe('Amazon’s own in S3_REGION where unset.'),
  S3_REGION: z
    .string()
    .optional()
    .describe('us-east-1 where unset, which MinIO and R2 take as theirs.'),
  S3_ACCESS_KEY_ID: z.string().optional().describe('Belongs to S3_BUCKET.'),
  S3_SECRET_ACCESS_KEY: z.string().optional().describe('Belongs to S3_ACCESS_KEY_ID.'),
  S3_FORCE_PATH_STYLE: z
    .enum(switches, `must be one of ${switches.join(', ')}`)
    .optional()
    .describe('1: ENDPOINT/BUCKET/…, 0: BUCKET.ENDPOINT/…; unset: 1 with S3_ENDPOINT, else 0.'),
}

export type S3Variables = z.infer<z.ZodObject<typeof s3Variables>>

/** Undefined where pictures go elsewhere. */
export function s3Of(found: S3Variables): S3Options | undefined {
  const {
    S3_BUCKET: bucket,
    S3_ENDPOINT: endpoint,
    S3_REGION: region = 'us-east-1',
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
    S3_FORCE_PATH_STYLE: pathStyle,
  } = found
  if (bucket === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    return undefined
  }
  return {
    bucket,
    region,
    credentials: { accessKeyId, secretAccessKey },
    ...(endpoint !== undefined && { endpoint }),
    ...(pathStyle !== undefined && { forcePathStyle: pathStyle === '1' }),
  }
}

export interface OtherStorages {
  readonly SUPABASE_URL?: string | undefined
  readonly STORAGE_FOLDER?: string | undefined
}

/** What stands against them, among themselves and beside another storage: parts of a sentence with their mends. */
export function s3Contradictions(found: S3Variables & OtherStorages): string[] {
  const { S3_BUCKET: bucket, S3_ACCESS_KEY_ID: id, S3_SECRET_ACCESS_KEY: secret } = found
  if (bucket === undefined) {
    const lonely = Object.keys(s3Variables).find((name) => Object.hasOwn(found, name))
    return lonely === undefined ? [] : [`${lonely} is set without S3_BUCKET: name one, or unset it`]
  }
  const isKeyless = id === undefined || secret === undefined
  const both = (other: string) => `S3_BUCKET and ${other} both name where pictures go: unset one`
  return [
    ...(isKeyless ? ['S3_BUCKET needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY'] : []),
    // A receiver of callbacks needs no SUPABASE_URL: CALLBACK_URL and CALLBACK_BEARER name one.
    ...(found.SUPABASE_URL !== undefined ? [both('SUPABASE_URL')] : []),
    ...(found.STORAGE_FOLDER !== undefined ? [both('STORAGE_FOLDER')] : []),
  ]
}
