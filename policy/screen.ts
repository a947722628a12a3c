/** Where it is decided what will not be made: asked of every job, whoever runs it, at each of its stages. */
import type { Failure, Job } from '#contract'

/** What is to be looked at: the words as they came, the words as they were enhanced, the pictures. */
export type ScreenStage = 'asked' | 'enhanced' | 'made'

/** The failure that the job ends with; undefined where nothing stands against it. A rejection refuses too. */
export type Screen = (job: Job, stage: ScreenStage) => Promise<Failure | undefined>

/** Without rules, nothing is refused. */
export const screen: Screen = async () => undefined
