/** The program as an operator runs it: on Postgres where there is one here, else as by default. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { type Ended, ended, startProgram } from '#platform/program.case.ts'
import { holdFolder } from '../database/hold-folder.ts'
import { openPglite } from '../database/pglite.ts'
import { openPostgres } from '../database/postgres.ts'
import { postgresMissing } from '../database/private-postgres.case.ts'
import { testPostgres } from '../database/test-database.case.ts'
import { help } from './help.ts'
import { createKeyRing } from './key-ring.ts'

const folder = await mkdtemp(join(tmpdir(), 'i2i-keys-'))
afterAll(() => rm(folder, { recursive: true }))

const url = postgresMissing === undefined ? (await testPostgres()).url() : undefined
const onPostgres = { DATABASE_URL: url }
const openHere = () =>
  url === undefined ? openPglite(join(folder, 'database')) : openPostgres({ url, connections: 1 })

function keys(typed: readonly string[], variables: NodeJS.ProcessEnv = onPostgres): Promise<Ended> {
  const main = new URL('./main.ts', import.meta.url)
  return ended(startProgram(main, typed, { variables: { DATA_FOLDER: folder, ...variables } }))
}

it('makes a key that opens, shows it once, lists it without its secret, and revokes it', async () => {
  const made = await keys(['create', '--user', 'ann', '--name', 'laptop\u001b[2J'])
  expect(made.stderr).toBe(
    'Keep it: it is shown this once. Whoever has it is who it was made for.\n',
  )
  const [key = '', end] = made.stdout.split('\n')
  expect(end).toBe('')
  const [, id = ''] = /^i2i_live_(\w{8})_\w{43}$/.exec(key) ?? []

  const listed = await keys(['list'])
  expect(listed).toMatchObject({ status: 0, stderr: '' })
  expect(listed.stdout).toContain(`${id}  ann   laptop�[2J  jobs:write,jobs:read,files:write  no`)
  expect(listed.stdout).not.toContain(key.slice(-43))

  const pepper = await readFile(join(folder, 'key-pepper'), 'utf8')
  {
    await using database = await openHere()
    expect(await createKeyRing({ sql: database, pepper }).verify(key)).toMatchObject({
      userId: 'ann',
    })
  }
  const revoked = await keys(['revoke', key])
  expect(revoked.stdout).toBe(
    `The key ${id} is revoked. Gateways that run hear of it within 30 seconds.\n`,
  )
  const [row] = JSON.parse((await keys(['list', '--json'])).stdout)
  expect(row).toMatchObject({ id, userId: 'ann', revokedAt: expect.any(String) })
  expect(row).not.toHaveProperty('hash')
})

it('says what is wrong in one line, and without a verb what it is for', async () => {
  const [nothing, wrong] = await Promise.all([keys([]), keys(['revoke', 'nothing'])])
  expect(nothing).toEqual({ status: 0, stdout: help, stderr: '' })
  expect(wrong).toEqual({
    status: 1,
    stdout: '',
    stderr: 'keys: The id of a key has eight letters and digits. See npm run keys -- list.\n',
  })
})

it('without DATABASE_URL the keys are in DATA_FOLDER, and wait for the gateway there to end', async () => {
  await using _gateway = await holdFolder(join(folder, 'database'))
  const { status, stderr } = await keys(['list'], { DATA_FOLDER: folder })
  expect(status).toBe(1)
  expect(stderr).toContain(`The database in ${join(folder, 'database')} is another process's`)
})
