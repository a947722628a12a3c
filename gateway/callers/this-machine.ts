/**
 * Lets the person at this machine in without a key, and nobody else: neither another machine, nor a page from
 * elsewhere that the person's browser shows, whose requests come from this machine too.
 */
import { isIP } from 'node:net'
import { Failure } from '#contract'
import type { Arrival } from './arrival.ts'
import { type Caller, scopes } from './caller.ts'

/** @param granted what an operator lets whoever is at this machine do. */
export function callerOfThisMachine(
  arrival: Arrival,
  granted: Pick<Caller, 'adult' | 'attests'>,
): Caller {
  if (!isLoopback(arrival.remoteAddress)) throw new Failure('unauthorized', NO_KEYS)
  // A proxy on this machine would make everybody a caller of this machine.
  const forwarding = FORWARDING.find((name) => arrival.header(name) !== undefined)
  if (forwarding !== undefined) throw new Failure('unauthorized', NO_KEYS)
  const host = arrival.header('host')
  if (host === undefined || !LOCAL_HOST.test(host)) throw new Failure('forbidden', WRONG_HOST)
  if (!isOfSameOrigin(arrival, host)) throw new Failure('forbidden', WRONG_ORIGIN)
  return { tenant: 'local', userId: 'local', name: 'local', scopes, ...granted }
}

/** What proxies and tunnels add. */
const FORWARDING = [
  'forwarded',
  'via',
  'x-real-ip',
  'true-client-ip',
  'cdn-loop',
  ...['for', 'host', 'proto', 'port', 'server', 'prefix', 'by', 'ssl', 'scheme', 'user'].map(
    (end) => `x-forwarded-${end}`,
  ),
  ...[
    'connecting-ip',
    'connecting-ipv6',
    'pseudo-ipv4',
    'ray',
    'visitor',
    'ipcountry',
    'worker',
  ].map((end) => `cf-${end}`),
]

/** Any other name may have been made to point here by whoever owns it (DNS rebinding). */
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i

const NO_KEYS =
  'Without a key only the machine that the gateway runs on is answered, and no proxy on it. ' +
  'Make a key with npm run keys -- create, and send it as Authorization: Bearer.'
const WRONG_HOST =
  'Without a key the gateway is called localhost, 127.0.0.1 or [::1], and by no other Host.'
const WRONG_ORIGIN =
  'Without a key pages of other origins are not answered. Make a key with npm run keys -- create.'

/** 127.0.0.0/8 and ::1, also as sockets that speak both protocols write them. */
function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false
  const plain = address.replace(/^::ffff:/i, '')
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

function isOfSameOrigin({ header }: Arrival, host: string): boolean {
  // Requests for pictures and the like carry no Origin; browsers say this of them.
  const site = header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const origin = header('origin')
  return origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`
}
