/** What an address from a stranger must look like before anything is connected to. */

import { isIP } from 'node:net'
import { Failure } from '#contract'
import { isPublicAddress } from './public-address.ts'

export interface UrlRules {
  /** Hosts that alone may be asked, as `name` or `*.name`; any public host where left out. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Origins of the operator's own, such as `http://minio:9000`, which may be private, on any port. */
  readonly privateOrigins?: readonly string[] | undefined
  /** The operator's networks as CIDR, beside those that are private everywhere. */
  readonly deniedNetworks?: readonly string[] | undefined
  readonly httpsOnly?: boolean | undefined
}

const MAX_LENGTH = 4096
const PORTS: ReadonlySet<string> = new Set(['', '80', '443'])

/**
 * The parsed address. Throws `reference-blocked`, naming the host and never path or query, for
 * other schemes than http(s), credentials, odd ports, hosts not allowed, and private literals.
 * `URL` has made 2130706433, 0x7f.1 and 0177.0.0.1 dotted quads by then.
 */
export function permittedUrl(address: string | URL, rules: UrlRules): URL {
  const url = parsed(address)
  if (isPrivateOrigin(url, rules)) return url
  const { hostname } = url
  if (rules.httpsOnly && url.protocol !== 'https:') {
    throw blocked(`The address at ${hostname} is not https. Use an https address.`)
  }
  if (!PORTS.has(url.port)) {
    throw blocked(`The address at ${hostname} names port ${url.port}. Use 80 or 443.`)
  }
  if (rules.allowedHosts && !isAllowed(hostname, rules.allowedHosts)) {
    throw blocked(`The host ${hostname} is not among those allowed. Use one that is, or upload.`)
  }
  const literal = hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) && !isPublicAddress(literal, rules.deniedNetworks)) throw privateHost(hostname)
  return url
}

export function isPrivateOrigin(url: URL, { privateOrigins = [] }: UrlRules): boolean {
  return privateOrigins.some((origin) => new URL(origin).origin === url.origin)
}

export function privateHost(hostname: string): Failure {
  return blocked(`The host ${hostname} is not on the public internet. Use a public address.`)
}

function parsed(address: string | URL): URL {
  const text = String(address)
  // The address itself stays out of every sentence: its path and query may be somebody's key.
  if (text.length > MAX_LENGTH)
    throw blocked(`The address is longer than ${MAX_LENGTH} characters.`)
  if (!URL.canParse(text))
    throw blocked('The address is not a URL. Use one that begins with https://.')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw blocked('The address is neither http nor https. Use an https address.')
  }
  if (url.username || url.password) {
    throw blocked(`The address at ${url.hostname} carries a user or password. Leave them out.`)
  }
  // `example.com.` is `example.com` to the resolver, and would be neither to an allow-list.
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.replace(/\.+$/, '')
  url.hash = ''
  return url
}

function isAllowed(hostname: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) => {
    const name = entry.toLowerCase()
    return name.startsWith('*.') ? hostname.endsWith(name.slice(1)) : hostname === name
  })
}

const blocked = (message: string): Failure => new Failure('reference-blocked', message)
