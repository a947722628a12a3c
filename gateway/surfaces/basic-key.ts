/** Clients of the web UI send a name and a password, and know no bearer: the password is the key. */
import type { Arrival } from '../callers/arrival.ts'
import type { CallerParts } from '../http/caller-of.ts'

/** `Authorization: Basic` is read as the bearer of its password, whatever the name; all else is as it was. */
export const withBasicKey = (parts: CallerParts): CallerParts => ({
  ...parts,
  authenticate: (arrival) => parts.authenticate(asBearer(arrival)),
})

function asBearer(arrival: Arrival): Arrival {
  const [, encoded] =
    /^Basic +([A-Za-z0-9+/]{1,11000}={0,2})$/i.exec(arrival.header('authorization') ?? '') ?? []
  if (encoded === undefined) return arrival
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  const bearer = `Bearer ${pair.slice(pair.indexOf(':') + 1)}`
  return {
    ...arrival,
    header: (name) => (name === 'authorization' ? bearer : arrival.header(name)),
  }
}
