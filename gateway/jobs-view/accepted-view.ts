/** What is told of a job that was just accepted, or would be. */
import { z } from '@hono/zod-openapi'
import { contentModes, modes } from '#contract'
import { failureView, viewFailure } from '../http/problem.ts'
import type { Accepted, Previewed } from '../jobs/accept.ts'
import { jobStatuses, providerNames } from '../store/job-row.ts'
import { plannedView, viewPlanned } from './planned-view.ts'

const estimatedSeconds = z.number().nullable().openapi({
  description:
    'Until it is done: as measured, or before that as a machine of its kind takes; null where nobody can tell.',
})
const reason = z.string().nullable().openapi({ description: 'Why this provider, in a sentence.' })
const notes = z.array(z.string()).openapi({ description: 'What the provider cannot honour.' })

const contentModeView = z.enum(contentModes).openapi({
  description:
    'That it is held to: the lowest of what was asked for, and what is granted to the caller and here.',
})

export const acceptedView = z
  .object({
    jobId: z.string(),
    status: z.enum(jobStatuses),
    provider: z.enum(providerNames).nullable(),
    providerNotes: notes,
    reason,
    queueName: z.string().nullable().openapi({
      description: 'Of our workers’ queue; null for other providers.',
    }),
    position: z.int().openapi({ description: 'In line for our workers, from 1; else 0.' }),
    estimatedSeconds,
    mode: z.enum(modes),
    contentMode: contentModeView,
    planned: plannedView,
  })
  .openapi('AcceptedJob')

export function viewAccepted(
  { row, position, estimatedSeconds }: Accepted,
  queueName: string,
): z.infer<typeof acceptedView> {
  return {
    jobId: row.id,
    status: row.status,
    provider: row.provider,
    providerNotes: [...row.notes],
    reason: row.reason,
    queueName: row.provider === 'local-sdxl' ? queueName : null,
    position,
    estimatedSeconds: estimatedSeconds ?? null,
    mode: row.mode,
    contentMode: row.job.contentMode,
    planned: viewPlanned(row.planned),
  }
}

export const previewView = z
  .object({
    mode: z.enum(modes),
    contentMode: contentModeView,
    provider: z.enum(providerNames).nullable().openapi({ description: 'That would do it now.' }),
    providerNotes: notes,
    reason,
    failure: failureView.optional().openapi({ description: 'Why nobody would do it now.' }),
    estimatedSeconds,
    prompt: z.string(),
    tokens: z
      .object({ prompt: z.int(), negativePrompt: z.int() })
      .nullable()
      .openapi({ description: 'CLIP’s, without its two marks; null where nobody counts them.' }),
    planned: plannedView,
  })
  .openapi('JobPreview')

/** @param count tokens of a text. */
export function viewPreview(
  { job, planned, choice }: Previewed,
  count: ((text: string) => number) | undefined,
): z.infer<typeof previewView> {
  const chosen = 'failure' in choice ? undefined : choice
  const refused = 'failure' in choice ? choice.failure : undefined
  return {
    mode: job.mode,
    contentMode: job.contentMode,
    provider: chosen?.provider ?? null,
    providerNotes: [...(chosen?.notes ?? [])],
    reason: chosen?.because ?? null,
    ...(refused && { failure: viewFailure(refused, []) }),
    estimatedSeconds: chosen?.estimatedSeconds ?? null,
    prompt: planned.prompt,
    tokens: count
      ? { prompt: count(planned.prompt), negativePrompt: count(planned.negativePrompt ?? '') }
      : null,
    planned: viewPlanned(planned),
  }
}
