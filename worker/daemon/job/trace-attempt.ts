/** A worker's part of a job's trace: its attempt, with the wait before it, and what the engine does, stage by stage. */
import { type Claim, type RanEnhancement, readPayload } from '#contract'
import type { Generated } from '#pipeline/generate.ts'
import type { Progress, Stage } from '#pipeline/stages.ts'
import { noSpan, type Span, type Tracing } from '#platform/tracing/span.ts'
import type { Draw, DrawWatch, Order } from '../draw.ts'

/** Begins where whoever pushed the job says that its part is; of today's producers nobody does, and a trace begins here. */
export function beginAttempt(claim: Claim, tracing: Tracing | undefined): Span {
  if (!tracing) return noSpan
  const reading = readPayload(claim.raw)
  const { traceparent: parent, pushedAt } = reading.kind === 'job' ? reading.job : {}
  const attempt = claim.attempts + claim.stalls + 1
  const message = { 'messaging.system': 'i2i', 'messaging.message.id': claim.id } as const
  // Before another attempt it waited for other reasons than the queue's length.
  if (attempt === 1 && pushedAt !== undefined) {
    const wait = { parent, attributes: message, agoMs: Date.now() - pushedAt }
    tracing.begin('wait in queue', wait).end(claim.startedAt)
  }
  return tracing.begin('process', {
    ...{ parent, kind: 'consumer' },
    attributes: {
      ...{ ...message, 'messaging.operation.type': 'process' },
      ...{ 'i2i.job.id': claim.id, 'i2i.attempt': attempt },
    },
  })
}

/** Where nobody was asked it took nothing, and is no part. */
export function traceEnhancement(
  { source, fallback, ms: agoMs }: RanEnhancement,
  span: Span,
): void {
  if (agoMs === 0) return
  const why = fallback === undefined ? {} : { 'i2i.enhancement.fallback': fallback }
  span
    .begin('enhance prompt', { agoMs, attributes: { 'i2i.enhancement.source': source, ...why } })
    .end()
}

interface Drawing {
  readonly draw: Draw
  /** Of the attempt. */
  readonly span: Span
  /** As its pictures name it. */
  readonly model: string
}

/** The same as `draw`, with what the engine does of it. */
export function drawTraced(
  order: Order,
  { signal, onProgress }: DrawWatch,
  { draw, span, model }: Drawing,
): Promise<Generated> {
  const { planned, drawn } = order
  const attributes = {
    ...({ 'gen_ai.operation.name': 'generate_content', 'gen_ai.output.type': 'image' } as const),
    ...{ 'gen_ai.provider.name': 'i2i', 'gen_ai.request.model': model },
    ...{ 'i2i.job.images': planned.images, 'i2i.width': drawn.width, 'i2i.height': drawn.height },
  }
  const drawing = (part: Span) => {
    const stages = traceStages(part)
    const told = (progress: Progress) => {
      stages.at(progress)
      onProgress(progress)
    }
    return draw(order, { signal, onProgress: told }).finally(stages.end)
  }
  return span.during('draw', drawing, { attributes })
}

export interface StageTrace {
  /** Told of all progress. */
  readonly at: (progress: Progress) => void
  /** The engine has answered, or ended. */
  readonly end: () => void
}

/**
 * What an engine tells as it goes, so that it need know of no collector, and that what it died in is told too. A stage
 * lasts until the next begins.
 */
export function traceStages(drawing: Span): StageTrace {
  let current: { readonly what: string; readonly span: Span; readonly from: number } | undefined
  let evaluated = 0
  const end = () => {
    if (!current) return
    const evaluations = evaluated - current.from
    if (evaluations > 0) current.span.set({ 'i2i.evaluations': evaluations })
    current.span.end()
    current = undefined
  }
  return {
    at({ stage, image, done }) {
      const what = `${stage} ${image}`
      if (what !== current?.what) {
        end()
        const span = drawing.begin(names[stage], { attributes: { 'i2i.image': image } })
        current = { what, span, from: done }
      }
      evaluated = done
    },
    end,
  }
}

const names: Readonly<Record<Stage, string>> = {
  prompt: 'encode prompt',
  encode: 'encode reference',
  denoise: 'denoise',
  decode: 'decode picture',
}
