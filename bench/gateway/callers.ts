/** A thousand callers, each with an API key of its own, as an operator makes them. */
import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { createKey } from '../../gateway/callers/key-records.ts'
import type { Sql } from '../../gateway/database/database.ts'

export const CALLERS = 1_000

const callersSchema = z.array(z.object({ userId: z.string(), key: z.string() }))
export type Callers = z.infer<typeof callersSchema>

/** Written to `file`, for the processes that call. */
export async function makeCallers(
  sql: Sql,
  { pepper, file }: { readonly pepper: string; readonly file: string },
): Promise<void> {
  const making = Array.from({ length: CALLERS }, async (_, i) => {
    const userId = `bench-${i}`
    const who = { environment: 'test', tenant: 'default', userId, name: userId }
    const scopes = ['jobs:write', 'jobs:read'] as const
    const { text } = await createKey(sql, pepper, { ...who, scopes, adult: false, expiresAt: null })
    return { userId, key: text }
  })
  await writeFile(file, JSON.stringify(await Promise.all(making)))
}

export const readCallers = async (file: string): Promise<Callers> =>
  callersSchema.parse(JSON.parse(await readFile(file, 'utf8')))
