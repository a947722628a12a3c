/** What a worker answers to those who watch over it: whether it lives, whether it takes jobs. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { Failure, messageOf } from '#contract'
import type { Scrape } from './metrics/metrics.ts'

export interface EngineState {
  /** As nvidia-smi numbers it, where it was named. */
  readonly gpu?: number | undefined
  /** `loading` until the checkpoint is open. */
  readonly state: 'loading' | 'idle' | 'busy' | 'degraded' | 'draining'
  /** Of `degraded`, where it is known: a code of the failure table. */
  readonly reason?: string | undefined
  readonly jobs: number
  /** Milliseconds since the queue last heard a beat; undefined before the first. */
  readonly sinceBeat?: number | undefined
}

/** Of all engines together. */
export interface WorkerState extends Omit<EngineState, 'gpu'> {
  readonly engines?: readonly EngineState[]
}

export interface HealthOptions {
  readonly port: number
  /** Answered on alike. */
  readonly otherPorts?: readonly number[] | undefined
  readonly host: string
  readonly state: () => WorkerState
  /** A beat older than this is none: nothing is taken then. In ms. */
  readonly leaseMs: number
  readonly scrape: () => Promise<Scrape>
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number
}

/**
 * `/health` and `/ready` answer 200 where jobs are taken, else 503; `/ping` as RunPod's load balancers ask: 204 while it
 * loads and warms up, 200 from then on, 503 with the reason in quarantine and while it drains; `/metrics` in Prometheus'
 * text format. Throws `configuration-invalid` where a port is taken.
 */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const { port, otherPorts = [], host } = options
  const listening = [port, ...otherPorts].map((each) => listen(answerWith(options), each, host))
  const settled = await Promise.allSettled(listening)
  const servers = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed) await Promise.all(servers.map(close))
  if (failed) throw failed.reason
  return {
    port: portOf(servers[0]),
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map(close))
    },
  }
}

function answerWith(options: HealthOptions): RequestListener {
  return async (request, response) => {
    const path = (request.url ?? '/').split('?')[0]
    const { status, type, text } =
      path === '/metrics' ? await measured(options) : written(answer(path, options))
    response.writeHead(status, { 'content-type': type })
    response.end(text)
  }
}

async function listen(answers: RequestListener, port: number, host: string): Promise<Server> {
  const server = createServer(answers)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  }).catch((cause) => {
    const message = `Port ${port} cannot be listened on (${messageOf(cause)}). Set WORKER_PORT.`
    throw new Failure('configuration-invalid', message, { cause })
  })
  return server
}

function portOf(server: Server | undefined): number {
  const address = server?.address()
  if (typeof address !== 'object' || !address) throw new Error('a server that listens has a port')
  return address.port
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

interface Written {
  readonly status: number
  readonly type: string
  readonly text: string | undefined
}

/** Resolves always. */
async function measured({ scrape }: Pick<HealthOptions, 'scrape'>): Promise<Written> {
  try {
    const { contentType, text } = await scrape()
    return { status: 200, type: contentType, text }
  } catch {
    return written({ status: 500, body: { code: 'internal' } })
  }
}

const written = ({ status, body }: HealthAnswer): Written => ({
  status,
  type: 'application/json',
  text: body && JSON.stringify(body),
})

interface HealthAnswer {
  readonly status: number
  readonly body?: Readonly<Record<string, unknown>>
}

function answer(
  path: string | undefined,
  { state, leaseMs }: Pick<HealthOptions, 'state' | 'leaseMs'>,
): HealthAnswer {
  const now = state()
  const isHeard = now.sinceBeat !== undefined && now.sinceBeat < leaseMs
  const takesJobs = isHeard && (now.state === 'idle' || now.state === 'busy')
  switch (path) {
    case '/health':
    case '/ready':
      return {
        status: takesJobs ? 200 : 503,
        body: { status: takesJobs ? 'healthy' : 'unhealthy', worker: 'sdxl', ...now },
      }
    case '/ping':
      return pinged(now)
    default:
      return { status: 404, body: { code: 'not-found' } }
  }
}

/** A queue that does not answer is no reason: a balancer that replaced the worker for it would gain nothing. */
function pinged({ state, reason }: WorkerState): HealthAnswer {
  switch (state) {
    case 'loading':
      return { status: 204 }
    case 'idle':
    case 'busy':
      return { status: 200, body: { status: 'ready' } }
    case 'degraded':
    case 'draining':
      return { status: 503, body: { status: state, reason } }
  }
}
