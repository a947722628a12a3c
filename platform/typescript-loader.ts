/** What Node is told so that a child process can run these sources. */

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** Node runs these sources as they are from 24 on; before, tsx loads them. */
export function typescriptLoader(): readonly string[] {
  if (Number.parseInt(process.versions.node, 10) >= 24) return []
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
}
