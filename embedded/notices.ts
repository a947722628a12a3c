/** What whoever starts the whole should know of it, each in one sentence with its mend. */
import type { LesserPictures } from '#contract'
import { readConfig } from '#worker/doctor/config.ts'
import { checkProvider } from '#worker/doctor/cuda-checks.ts'
import { examine, type Machine } from '#worker/doctor/machine.ts'
import type { EmbeddedConfig } from './config.ts'

const REAL_ONE = 'Set SDXL_CHECKPOINT to a real one: a .safetensors file, or a diffusers folder.'

const ofPictures: Readonly<Record<LesserPictures, string>> = {
  demo: `The checkpoint is the demo: it shows how all of this works, with small pictures of little things. ${REAL_ONE}`,
  nonsense: `The checkpoint is a toy of random weights: it draws nothing real. ${REAL_ONE}`,
}

/** @param machine this one unless given. Throws `request-invalid` for variables that the doctor cannot read. */
export async function noticesOf(
  { hasEnhancer, unread }: Pick<EmbeddedConfig, 'hasEnhancer' | 'unread'>,
  pictures: LesserPictures | undefined,
  machine: Machine = examine(readConfig()),
): Promise<readonly string[]> {
  return [
    ...(pictures ? [ofPictures[pictures]] : []),
    ...(hasEnhancer ? [] : ['Prompts go on as they are written: QWEN_PATH names no Qwen 2.5.']),
    ...unread.map((name) => `${name} is not used by npm start, which keeps its line in itself.`),
    ...(await absentProvider(machine)),
  ]
}

/** A GPU that could be drawn on, but for what comes with one command. */
async function absentProvider(machine: Machine): Promise<readonly string[]> {
  const finding = await checkProvider(machine)
  if (!finding?.isInTheWay) return []
  const { found, mend } = finding
  return [`A GPU is here that nothing is drawn on: ${found}. This mends it: ${mend}`]
}
