/** Given to `node --import`: TypeScript from here on, and stack traces that name its lines. Node 24 needs none of it. */
import { register } from 'node:module'

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.setSourceMapsEnabled(true)
  register('./hooks.mjs', import.meta.url)
}
