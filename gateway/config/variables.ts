/** Every variable that the gateway reads, each with its default and what it means: `--help` prints this. */
import { z } from 'zod'
import { contentModes } from '#contract'
import { choice, flag, httpUrl, list, listOf, text, whole } from '#platform/environment/words.ts'
import { fetchVariables } from '#platform/fetch/fetch-variables.ts'
import { queueVariables } from '#platform/redis/queue-variables.ts'
import { s3Variables } from '#platform/storage/s3-variables.ts'
import { tracingVariables } from '#platform/tracing/tracing-variables.ts'
import { callbackVariables } from '#platform/webhook/callback-variables.ts'
import { policyVariables } from '../../policy/config.ts'
import { isNetwork } from '../callers/client-address.ts'
import { providerNames } from '../store/job-row.ts'
import { price, prices } from './price-words.ts'

const days = whole(1, 36_500)

/** Unset and empty are the same. */
export const variables = {
  DATABASE_URL: text
    .regex(/^postgres(?:ql)?:\/\/./, 'must be postgres://…')
    .optional()
    .describe('Postgres. Unset: a database of its own in DATA_FOLDER, for one process.'),
  DATABASE_CONNECTIONS: whole(1, 1_000).default(10).describe('To Postgres, at most.'),
  GATEWAY_SECRET: text
    .min(32, 'must have 32 characters at least')
    .optional()
    .describe('Signs URLs. The same for all on one database. Unset: made once, in DATA_FOLDER.'),
  DATA_FOLDER: text.default('.data').describe('Database, files and secrets of this machine.'),

  REDIS_URL: text.optional().describe('Where workers take their jobs: redis:// or rediss://.'),
  ...queueVariables,

  GATEWAY_HOST: text.default('127.0.0.1').describe('The address to listen on.'),
  GATEWAY_PORT: whole(0, 65_535).default(8787).describe('0: any that is free.'),
  PUBLIC_URL: httpUrl
    .optional()
    .describe('How this gateway is reached from outside, by providers too.'),
  DRAIN_DELAY_MS: whole(0, 60_000)
    .default(5_000)
    .describe('After SIGTERM, until nobody sends requests any more.'),
  DRAIN_MS: whole(0, 600_000).default(20_000).describe('Then, for requests to be answered.'),
  LOG_LEVEL: choice(['info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Of one JSON a line.'),

  SUPABASE_URL: httpUrl.optional().describe('Its Storage keeps pictures; its users may call.'),
  SUPABASE_SERVICE_KEY: text.optional().describe('For Storage. Without it pictures go elsewhere.'),
  SUPABASE_JWT_SECRET: text
    .optional()
    .describe('Of older projects, whose users’ tokens are HS256.'),
  ...s3Variables,
  STORAGE_FOLDER: text
    .optional()
    .describe('Pictures on this machine; DATA_FOLDER/files unless set.'),
  ...fetchVariables,
  MINT_UPLOADS: flag
    .default('0')
    .describe('1: workers get URLs to put pictures to, and need no key.'),

  FALLBACK_ORDER: listOf(providerNames)
    .default([...providerNames])
    .describe('Who is asked first; those that are not configured are left out.'),
  DEADLINE_MS: whole(10_000, 900_000)
    .default(300_000)
    .describe('For jobs that name none, where another provider could take over.'),
  MAX_WAITING: whole(1, 1_000_000)
    .default(1_000)
    .describe('Jobs that may wait for our workers; then others are asked.'),
  LOCAL_CONTENT_MODES: listOf(contentModes)
    .default(['sfw', 'nsfw'])
    .describe('Of our own workers.'),

  REPLICATE_API_TOKEN: text.optional().describe('Replicate may take jobs over.'),
  REPLICATE_MODEL: text.default('stability-ai/sdxl').describe('owner/name, owner/name:VERSION, …'),
  REPLICATE_STRENGTH: choice(['denoise', 'reference'])
    .optional()
    .describe('What strength 1 means to a model that we do not know.'),
  REPLICATE_WEBHOOK_SECRET: list.default([]).describe('whsec_…; two while one is replaced.'),
  REPLICATE_CONTENT_MODES: listOf(contentModes).default(['sfw']).describe('That it may be sent.'),
  REPLICATE_PRICE: price
    .optional()
    .describe('US dollars, as 0.000975/second or 0.04/image. Unset: its cost is not known.'),
  REPLICATE_URL: httpUrl.optional().describe('Of its API, for a proxy.'),
  FAL_KEY: text.optional().describe('fal.ai may take jobs over.'),
  FAL_MODIFY_APP: text.optional().describe('The app that serves MODIFY first.'),
  FAL_USER_ID: text.optional().describe('Whose webhooks are believed.'),
  FAL_PRICES: prices
    .optional()
    .describe('app=0.04/image or app=0.001/second, comma-separated. Unset: Seedream’s alone.'),
  FAL_CONTENT_MODES: listOf(contentModes).default(['sfw']).describe('That it may be sent.'),
  FAL_REST_URL: httpUrl.optional().describe('Of its file store, for a proxy.'),
  FAL_URL: httpUrl.optional().describe('Of its queue, for a proxy.'),

  ...policyVariables,
  PREVIEWS: choice(['on', 'off'])
    .default('on')
    .describe('off: nobody sees what is being drawn, even where policy allows.'),

  LOCAL_ADULT: flag
    .default('0')
    .describe('1: who calls from this machine without a key may ask for content mode nsfw.'),
  LOCAL_ATTESTS: flag
    .default('0')
    .describe('1: they may attest that who is shown in a reference consents.'),
  KEY_PEPPER: text
    .min(32, 'must have 32 characters at least')
    .optional()
    .describe('Hashes keys. The same for all on one database. Unset: made once, in DATA_FOLDER.'),
  RATE_PER_MINUTE: whole(1, 1_000_000).default(300).describe('Requests of one caller.'),
  RATE_PER_ADDRESS: whole(1, 1_000_000)
    .default(1_800)
    .describe('Requests a minute from one address, whoever asks.'),
  TRUSTED_PROXIES: list
    .pipe(z.array(z.string().refine(isNetwork, 'must be addresses or networks, as 10.0.0.0/8')))
    .default([])
    .describe('Before the gateway, comma-separated: their X-Forwarded-For says who asks.'),
  MAX_OPEN_JOBS: whole(1, 1_000_000).default(100).describe('Of one caller, that are not over.'),
  DAILY_IMAGES: whole(1, 1_000_000_000).optional().describe('Of one caller. Unset: any number.'),

  KEEP_UPLOADS_DAYS: days.default(7).describe('References that callers brought.'),
  KEEP_OUTPUTS_DAYS: days.default(30).describe('Pictures that were made.'),
  KEEP_ROWS_DAYS: days.default(90).describe('What is known of jobs.'),
  KEEP_AUDIT_DAYS: whole(365, 36_500)
    .default(365)
    .describe('What the policy decided about whom; a year at least.'),

  ...callbackVariables,
  ...tracingVariables,

  SDXL_QUEUE_ENABLED: choice(['true', 'false'])
    .default('true')
    .describe('false: /functions/v1/queue-job says that it is off.'),
  WRITE_SYSTEM_CONFIG: flag
    .default('0')
    .describe('1: health goes to system_config too, for its readers of today.'),
}

export const environment = z.object(variables)
export type Variables = z.infer<typeof environment>
