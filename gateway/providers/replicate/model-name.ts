/** `REPLICATE_MODEL`: a model, one version of it, a version alone, or a deployment. */
import { Failure } from '#contract'

export type ModelName =
  | { readonly kind: 'model'; readonly key: string }
  | { readonly kind: 'version'; readonly key: string | undefined; readonly version: string }
  | { readonly kind: 'deployment'; readonly key: string }

const KEY = '[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*'
const DEPLOYMENT = new RegExp(`^deployments/(${KEY})$`)
const MODEL = new RegExp(`^(${KEY})(?::([0-9a-f]{64}))?$`)

/** Throws `configuration-invalid` for anything else. */
export function readModelName(text: string): ModelName {
  const [, deployment] = DEPLOYMENT.exec(text) ?? []
  if (deployment !== undefined) return { kind: 'deployment', key: deployment }
  if (/^[0-9a-f]{64}$/.test(text)) return { kind: 'version', key: undefined, version: text }
  const [, key, version] = MODEL.exec(text) ?? []
  if (key === undefined) {
    const forms =
      'owner/name, owner/name:VERSION, VERSION (64 hexadecimal digits) or deployments/owner/name'
    const message = `REPLICATE_MODEL is ${JSON.stringify(text)}. Write it as ${forms}.`
    throw new Failure('configuration-invalid', message)
  }
  return version === undefined ? { kind: 'model', key } : { kind: 'version', key, version }
}
