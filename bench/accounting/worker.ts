/** One worker of the accounting, a process to be killed: the daemon's own loop and outbox, on an engine that only waits. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { identify, redisQueue } from '#contract'
import { createGuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import { Decoder } from '#platform/image/decoder/decoder.ts'
import { createLog } from '#platform/log.ts'
import { type ConnectOptions, connectRedis } from '#platform/redis/connect.ts'
import { repeat } from '#platform/repeat.ts'
import { localStorage } from '#platform/storage/local-storage.ts'
import { createOutbox } from '#platform/webhook/outbox.ts'
import { createSendCallback } from '#platform/webhook/send-callback.ts'
import { runLoop } from '#worker/daemon/loop/loop.ts'
import type { Workshop } from '#worker/daemon/workshop.ts'
import { createPictureScreen } from '../../policy/image/picture-screen.ts'
import { createReferenceGate } from '../../policy/reference/reference-gate.ts'
import { screen } from '../../policy/screen.ts'
import { hurried } from './hurried.ts'
import { placesIn } from './places.ts'
import { paceOf } from './settings.ts'
import { stubDraw } from './stub-draw.ts'
import { witnessed } from './witness.ts'
import { workerTask } from './worker-task.ts'

process.once('disconnect', () => process.exit())
// A terminal's Ctrl-C is for the accounting, which ends its workers itself, or takes them with it.
process.on('SIGINT', () => {})
process.send?.('ready')
const [told] = await once(process, 'message')
const task = workerTask.parse(told)
const { name, receiver, references, folder } = task
const { settings, beatMs, scanMs, outbox } = paceOf(task.leaseMs)
const places = placesIn(folder)

/** Pixels a side: pictures are to be many, not large. */
const NATIVE_SIZE = 64

const log = createLog({
  destination: { write: (line) => appendFileSync(places.log(name), line) },
}).with({ workerId: name })
const workshop: Workshop = {
  model: {
    checkpoint: '/models/stub.safetensors',
    nativeSize: NATIVE_SIZE,
    served: undefined,
    distillation: undefined,
    catalogue: undefined,
  },
  draw: stubDraw(places.failures),
  decoder: new Decoder(),
  guard: createGuardedFetch({ privateOrigins: [references] }),
  storage: localStorage({ folder: places.files, baseUrl: 'http://127.0.0.1', secret: 'none' }),
  screen,
  pictureScreen: createPictureScreen({ classifier: undefined, content: 'sfw' }),
  showsPreviews: false,
  referenceGate: createReferenceGate({
    trustedMakers: [],
    takenDown: { among: (hashes) => queue.takenDown.among(hashes) },
  }),
  queueSecrets: [],
  log,
}

const connect = (purpose: ConnectOptions['purpose']) =>
  connectRedis(task.redis, { purpose, name, blockMs: settings.blockMs })
const queue = redisQueue({
  commands: connect('worker'),
  openBlocking: () => connect('waits'),
  settings,
  idOf: (raw) => identify(raw, randomUUID),
})
const { url, bearer, secret } = receiver
const service = {
  ...({ storage: workshop.storage, log, receiver: url, body: 'job-callback' } as const),
  callbacks: hurried(queue.callbacks, outbox.hurry),
  send: createSendCallback({
    receiver: { url, bearer, scheme: { kind: 'job-callback', secret } },
    timeout: outbox.timeoutMs,
  }),
}
const serving = repeat(createOutbox(service).look, {
  every: outbox.everyMs,
  onError: (error) => log.warn('outbox not served', { error }),
})

const never = new AbortController().signal
await runLoop({
  ...{ queue, workshop, beatMs, scanMs, drain: never, kill: never },
  worker: witnessed(queue.worker(name), places.finishes(name)),
  onEnded: serving.nudge,
})
