/** What will run, as an answer tells it before it runs. */
import { z } from '@hono/zod-openapi'
import { modes, type Planned, promptSyntaxes, schedulerNames } from '#contract'

export const plannedView = z
  .object({
    mode: z.enum(modes),
    negativePrompt: z.string().nullable().openapi({
      description: 'Yours and the operator’s; null where no evaluation is guided.',
    }),
    promptSyntax: z.enum(promptSyntaxes),
    windows: z.int().nullable().openapi({
      description: 'Of 75 tokens that the prompt may fill; null: as many as it needs.',
    }),
    denoiseStrength: z.number(),
    steps: z.int(),
    evaluations: z.int().openapi({ description: 'Of the UNet, an image.' }),
    networkRuns: z.int().openapi({ description: 'An evaluation that is guided is two.' }),
    guidanceScale: z.number(),
    guidanceInterval: z.array(z.number()).length(2),
    scheduler: z.enum(schedulerNames),
    seed: z.int().openapi({ description: 'Of the first image; each further one counts up.' }),
    images: z.int(),
  })
  .openapi('Planned')

export function viewPlanned(planned: Planned): z.infer<typeof plannedView> {
  return {
    mode: planned.mode,
    negativePrompt: planned.negativePrompt,
    promptSyntax: planned.promptSyntax,
    windows: planned.windows ?? null,
    denoiseStrength: planned.denoiseStrength,
    steps: planned.steps,
    evaluations: planned.evaluations,
    networkRuns: planned.networkRuns,
    guidanceScale: planned.guidanceScale,
    guidanceInterval: [...planned.guidanceInterval],
    scheduler: planned.scheduler,
    seed: planned.seed,
    images: planned.images,
  }
}
