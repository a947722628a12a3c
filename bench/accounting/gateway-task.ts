/** What a gateway process is told once it is loaded. */
import { z } from 'zod'

export const gatewayTask = z.object({
  /** Its environment, and nothing beside. */
  variables: z.record(z.string(), z.string()),
  /** Where its log goes. */
  log: z.string(),
})
export type GatewayTask = z.infer<typeof gatewayTask>

/** What it says once it answers. */
export const gatewayWord = z.object({ port: z.number() })

/** The status with which it ends where its database was away at the start (EX_TEMPFAIL of sysexits.h). */
export const DATABASE_AWAY = 75
