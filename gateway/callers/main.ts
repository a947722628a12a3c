/** `npm run keys`: an operator makes, lists and revokes API keys. */
import { join } from 'node:path'
import { Failure, messageOf } from '#contract'
import { bearClosedOutput } from '#platform/bear-closed-output.ts'
import type { Database } from '../database/database.ts'
import { migrate } from '../database/migrate.ts'
import { openPglite } from '../database/pglite.ts'
import { openPostgres } from '../database/postgres.ts'
import { keptSecret } from '../kept-secret.ts'
import { liftSuspension, listSuspensions } from '../trust/suspensions.ts'
import { type KeysConfig, readKeysConfig } from './config.ts'
import { type Errand, readErrand } from './errand.ts'
import { help } from './help.ts'
import { createKey, listKeys, revokeKey } from './key-records.ts'
import { keysText } from './keys-text.ts'
import { suspensionsText } from './suspensions-text.ts'

bearClosedOutput()

try {
  const errand = readErrand(process.argv.slice(2), Date.now())
  process.stdout.write(errand.verb === 'help' ? help : `${await answer(errand)}\n`)
} catch (error) {
  const said = messageOf(error).replace(/\s*\n\s*/g, ' ')
  const isOurs = error instanceof Failure
  process.stderr.write(`keys: ${isOurs ? said : `This should not have happened: ${said}`}\n`)
  process.exitCode = 1
}

async function answer(errand: Exclude<Errand, { readonly verb: 'help' }>): Promise<string> {
  const config = readKeysConfig()
  await using database = await openDatabase(config)
  await migrate(database)
  switch (errand.verb) {
    case 'create': {
      const { pepper: given, dataFolder: folder } = config
      const pepper = await keptSecret('KEY_PEPPER', { given, folder })
      const { text } = await createKey(database, pepper, errand.wish)
      const note = 'Keep it: it is shown this once. Whoever has it is who it was made for.\n'
      // The key alone goes to standard output, so that a script can take it.
      process.stderr.write(note)
      return text
    }
    case 'list': {
      const keys = await listKeys(database)
      return errand.isJson ? JSON.stringify(keys) : keysText(keys, Date.now())
    }
    case 'revoke':
      await revokeKey(database, errand.id)
      return `The key ${errand.id} is revoked. Gateways that run hear of it within 30 seconds.`
    case 'suspensions': {
      const found = await listSuspensions(database)
      return errand.isJson ? JSON.stringify(found) : suspensionsText(found, Date.now())
    }
    case 'lift':
      await liftSuspension(database, errand.owner)
      return `${errand.owner.userId} may ask again. What was on record stays there.`
  }
}

async function openDatabase({ databaseUrl: url, dataFolder }: KeysConfig): Promise<Database> {
  if (url === undefined) return await openPglite(join(dataFolder, 'database'))
  return openPostgres({ url, connections: 1 })
}
