/** Given to `node --import`: TypeScript from here on, and stack traces that name its lines. */
import { register } from 'node:module'

process.setSourceMapsEnabled(true)
register('./hooks.mjs', import.meta.url)
