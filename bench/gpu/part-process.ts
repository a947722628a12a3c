/**
 * One part of bench `gpu`, in a process of its own: takes its steps in order and says each row as it comes, so
 * that whatever ends the process takes no finding with it.
 */
import { writeSync } from 'node:fs'
import { messageOf } from '#contract'
import { isOutOfMemory } from '#platform/child/out-of-memory.ts'
import { type PartTask, partTask, type Said, type Steps } from './part-task.ts'

/** Each is loaded alone, so that what one needs cannot keep another from starting. */
const parts: Readonly<Record<string, () => Promise<{ readonly steps: Steps }>>> = {
  checkpoint: () => import('./parts/checkpoint.ts'),
  machine: () => import('./parts/machine.ts'),
  words: () => import('./parts/words.ts'),
  unet: () => import('./parts/unet.ts'),
  pictures: () => import('./parts/pictures.ts'),
  vae: () => import('./parts/vae.ts'),
  profile: () => import('./parts/profile.ts'),
  exactness: () => import('./parts/exactness.ts'),
  shapes: () => import('./parts/shapes.ts'),
  attention: () => import('./parts/attention.ts'),
  enhance: () => import('./parts/enhance.ts'),
}

await main(partTask.parse(JSON.parse(process.argv[2] ?? '')))

async function main(task: PartTask): Promise<void> {
  const part = await parts[task.part]?.()
  if (!part) throw new Error(`there is no part ${task.part}`)
  for (const step of await part.steps(task)) {
    if (task.skip.includes(step.name)) continue
    say({ step: step.name })
    try {
      await step.run((row) => say({ row }))
    } catch (error) {
      const failed = firstLines(messageOf(error))
      say({ row: { what: step.name, failed } })
      console.error(error)
      // The rest is for a new process.
      if (isSpoilt(failed)) process.exit(1)
    }
  }
  say({ done: true })
  // Sessions are closed; what a library still waits for is not ours to wait for.
  process.exit(0)
}

/** CUDA's errors stay with the process that made them, and so does a full arena. */
function isSpoilt(failed: string): boolean {
  const sticky =
    /CUDA failure|CUDA error|illegal (memory access|instruction)|misaligned|launch failure|device-side|EXECUTION_FAILED|INTERNAL_ERROR/i
  return sticky.test(failed) || isOutOfMemory(failed)
}

function firstLines(text: string): string {
  return text.split('\n').slice(0, 3).join(' ').slice(0, 600)
}

/** At once: a crash right after loses nothing. By a way of its own, where no library's output gets between. */
function say(said: Said): void {
  writeSync(Number(process.env.ROWS_FD ?? 1), `${JSON.stringify(said)}\n`)
}
