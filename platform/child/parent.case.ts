/** A process that watches an actor until it is killed: what becomes of the actor then, is what a test asks. */
import { actor } from './watched-actor.case.ts'

const watched = actor()
await watched.send({ kind: 'environment' })
process.stdout.write(`${watched.pid}\n`)
await watched.death
