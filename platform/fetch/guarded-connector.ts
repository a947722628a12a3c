/**
 * Connections that reach no private machine, decided where the connection is made: a check before
 * it would be of another answer of the resolver than the one that is connected to.
 */

import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { privateHost } from './permitted-url.ts'
import { isPublicAddress } from './public-address.ts'

export interface ConnectorOptions {
  readonly timeout: number
  readonly deniedNetworks?: readonly string[] | undefined
  /** Node's own unless given. */
  readonly lookup?: LookupFunction | undefined
}

/** A connector of undici that ends with `reference-blocked` for what is not public. */
export function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  const { timeout, deniedNetworks } = options
  const connect = buildConnector({
    timeout,
    lookup: guardedLookup(options),
    autoSelectFamily: true,
  })
  return (target, callback) => {
    const { hostname } = target
    // Literals never reach `lookup`.
    if (isIP(hostname) && !isPublicAddress(hostname, deniedNetworks)) {
      callback(privateHost(hostname), null)
      return
    }
    connect(target, (...[error, socket]) => {
      if (error) return callback(error, null)
      if (isPublicAddress(socket.remoteAddress ?? '', deniedNetworks)) return callback(null, socket)
      socket.destroy()
      callback(privateHost(hostname), null)
    })
  }
}

/** Refuses a name of which any address is private, since the next try might take that one. */
export function guardedLookup({
  deniedNetworks,
  lookup = systemLookup,
}: Pick<ConnectorOptions, 'deniedNetworks' | 'lookup'>): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error) return callback(error, found, family)
      const addresses = Array.isArray(found) ? found : [{ address: found, family: family ?? 0 }]
      const [first] = addresses
      if (!first || !addresses.every(({ address }) => isPublicAddress(address, deniedNetworks))) {
        return callback(privateHost(hostname), '', 0)
      }
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}
