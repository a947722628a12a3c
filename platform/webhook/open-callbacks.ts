/** The sender of callbacks that a configuration describes. */
import type { CallbackConfig } from './callback-variables.ts'
import { createSendCallback, type Scheme, type SendCallback } from './send-callback.ts'

/** Undefined where nobody may be told. */
export function openCallbacks(config: CallbackConfig): SendCallback | undefined {
  const { url, bearer, hosts } = config
  const scheme = schemeOf(config)
  if (!scheme) return undefined
  return createSendCallback({
    ...(url !== undefined && {
      receiver: { url, scheme, ...(bearer !== undefined && { bearer }) },
    }),
    ...(hosts.length > 0 && { others: { allowedHosts: hosts, scheme } }),
  })
}

function schemeOf({ scheme, secret }: CallbackConfig): Scheme | undefined {
  if (secret === undefined) return undefined
  return scheme === 'standard' ? { kind: scheme, secrets: [secret] } : { kind: scheme, secret }
}
