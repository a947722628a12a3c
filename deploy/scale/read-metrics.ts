/** What a worker's page of metrics says of the whole fleet: any worker of the queue says the same. */
import { Failure, messageOf } from '#contract'
import { within } from '#platform/within.ts'
import type { Look } from './decide.ts'

export type FleetLook = Omit<Look, 'at' | 'pods'>

const PATIENCE_MS = 5_000

/** Of the first page that answers. Throws `worker-unavailable` where none does. */
export async function readFleet(pages: readonly string[], signal: AbortSignal): Promise<FleetLook> {
  const problems: string[] = []
  for (const page of pages) {
    try {
      return fleetIn(await within(PATIENCE_MS, signal, (both) => textOf(page, both)))
    } catch (error) {
      signal.throwIfAborted()
      const cause = error instanceof Error && error.cause ? error.cause : error
      problems.push(`${page}: ${messageOf(cause)}`)
    }
  }
  throw new Failure(
    'worker-unavailable',
    `No worker tells of the queue (${problems.join('; ')}): name one that runs by --metrics.`,
  )
}

async function textOf(page: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(page, { signal })
  if (!response.ok) throw new Error(`status ${response.status}`)
  return await response.text()
}

function fleetIn(text: string): FleetLook {
  const lines = text.split('\n')
  const value = (name: string): number | undefined => {
    const line = lines.find((each) => each.startsWith(`${name} `))
    // A time may follow; and what is no number, or endless, is as good as not told.
    const found = Number.parseFloat(line?.slice(name.length + 1) ?? '')
    return Number.isFinite(found) && found >= 0 ? found : undefined
  }
  const engines = (state: string) => value(`i2i_engines{state="${state}"}`)
  const [idle, busy] = [engines('idle'), engines('busy')]
  if (idle === undefined || busy === undefined) throw new Error('it says nothing of i2i_engines')
  return { taking: idle + busy, busy, waitSeconds: value('i2i_wait_seconds') }
}
