/** What Node is told so that a child process can run these sources. */

/** Node runs these sources as they are from 24 on; before, each is translated once. */
export function typescriptLoader(): readonly string[] {
  if (Number.parseInt(process.versions.node, 10) >= 24) return []
  return ['--import', new URL('typescript-loader/register.mjs', import.meta.url).href]
}
