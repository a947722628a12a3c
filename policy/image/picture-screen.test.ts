/** A31, of pictures: what is refused of what they show, and that whatever cannot be looked at is refused. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ContentMode, contentModes } from '#contract'
import { Refusal } from '../refusal.ts'
import { type colours, picture, writeColourClassifier } from './colour-classifier.case.ts'
import { ImageClassifier } from './image-classifier.ts'
import { createPictureScreen, type PictureScreen, type PictureStage } from './picture-screen.ts'
import { readClassifierSettings } from './settings.ts'

let folder: string
let classifier: ImageClassifier
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-pictures-'))
  classifier = await opened('sound', {})
})
afterAll(async () => {
  await classifier[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function opened(name: string, how: Parameters<typeof writeColourClassifier>[1]) {
  const path = await writeColourClassifier(join(folder, name), how)
  return new ImageClassifier({ settings: await readClassifierSettings(path) })
}

const stages = ['reference', 'made'] as const
type Colour = keyof typeof colours

interface Circumstances {
  readonly asked: ContentMode
  readonly granted: ContentMode
  readonly stage: PictureStage
}

const everywhere: readonly Circumstances[] = contentModes.flatMap((asked) =>
  contentModes.flatMap((granted) => stages.map((stage) => ({ asked, granted, stage }))),
)

const screening = (
  by: PictureScreen,
  { asked, stage }: Circumstances,
  shown: readonly Colour[],
) => {
  const job = { source: 'gateway', contentMode: asked } as const
  return by.screen(
    shown.map((colour) => picture(colour)),
    { job, stage },
  )
}

async function ruleFor(at: Circumstances, ...shown: readonly Colour[]) {
  const screen = createPictureScreen({ classifier, content: 'nsfw', granted: at.granted })
  const verdict = await screening(screen, at, shown)
  return verdict instanceof Refusal ? verdict.rule : verdict?.code
}

describe('of a picture', () => {
  it('minor beside nsfw is refused in every mode, whatever is granted, from the floors on', async () => {
    for (const at of everywhere) {
      expect(await ruleFor(at, 'magenta'), JSON.stringify(at)).toBe(`${at.stage}-minor`)
      expect(await ruleFor(at, 'grey', 'pale magenta')).toBe(`${at.stage}-minor`)
    }
  })

  it('minor is refused where nsfw was asked for, granted or not', async () => {
    for (const at of everywhere) {
      const rule = at.asked === 'nsfw' ? `${at.stage}-minor` : undefined
      expect(await ruleFor(at, 'blue')).toBe(rule)
    }
  })

  it('nsfw is refused unless the effective mode is nsfw', async () => {
    for (const at of everywhere) {
      const isGranted = at.asked === 'nsfw' && at.granted === 'nsfw'
      expect(await ruleFor(at, 'red')).toBe(isGranted ? undefined : `${at.stage}-sexual`)
    }
  })

  it('nothing is refused of one that shows neither', async () => {
    for (const at of everywhere) expect(await ruleFor(at, 'grey', 'black')).toBeUndefined()
  })

  it('what the operator wants in no mode is refused in each', async () => {
    const unwanted = [
      { label: 'plain', sign: 'refused', threshold: 0.9 },
      { label: 'nsfw', sign: 'nsfw', threshold: 1 },
      { label: 'minor', sign: 'refused', threshold: 0.8 },
    ]
    await using other = await opened('unwanted', { network: { signs: unwanted } })
    for (const at of everywhere) {
      const screen = createPictureScreen({ ...at, classifier: other, content: 'nsfw' })
      expect(await screening(screen, at, ['blue'])).toMatchObject({ rule: `${at.stage}-unwanted` })
      expect(await screening(screen, at, ['grey'])).toBeUndefined()
    }
  })

  it('a refusal tells no rule, and keeps the version of the settings', async () => {
    const screen = createPictureScreen({ classifier, content: 'nsfw' })
    const all = await Promise.all(
      (['magenta', 'red'] as const).map((colour) =>
        screening(screen, { asked: 'sfw', granted: 'sfw', stage: 'made' }, [colour]),
      ),
    )
    expect(new Set(all.map((each) => each?.message)).size).toBe(1)
    expect(all).toMatchObject([
      { code: 'policy-output', rulesVersion: 'colours-1' },
      { code: 'policy-output', rule: 'made-sexual' },
    ])
  })
})

describe('what cannot be looked at', () => {
  const refused = { code: 'policy-check-failed', rule: 'check-failed' }

  async function expectRefused(by: ImageClassifier, harm: () => void, shown: Colour = 'grey') {
    for (const at of everywhere) {
      for (const content of contentModes) {
        const screen = createPictureScreen({ ...at, classifier: by, content })
        harm()
        expect(await screening(screen, at, [shown]), JSON.stringify(at)).toMatchObject(refused)
      }
    }
  }

  it('since the classifier is killed is refused in every mode, required or not', async () => {
    const settings = classifier.settings
    const onStart = (pid: number) => void process.kill(pid, 'SIGKILL')
    await using killed = new ImageClassifier({ settings, onStart })
    await expectRefused(killed, () => {})
  })

  it('since it hangs', async () => {
    const settings = { ...classifier.settings, deadlineMs: 150 }
    const onStart = (pid: number) => void process.kill(pid, 'SIGSTOP')
    await using hanging = new ImageClassifier({ settings, startMs: 50, onStart })
    await expectRefused(hanging, () => {})
  })

  it('since it answers garbage', async () => {
    await using brittle = await opened('brittle', { kind: 'brittle' })
    await brittle.classify(picture('grey'))
    for (const at of everywhere.slice(0, 2)) {
      const screen = createPictureScreen({ ...at, classifier: brittle, content: 'nsfw' })
      expect(await screening(screen, at, ['grey', 'black'])).toMatchObject(refused)
    }
  })

  it('since there is none is refused where it must be looked at, and passes where it need not', async () => {
    for (const at of everywhere) {
      for (const content of contentModes) {
        const screen = createPictureScreen({ ...at, classifier: undefined, content })
        const isRequired = content === 'nsfw' || (at.asked === 'nsfw' && at.granted === 'nsfw')
        const verdict = await screening(screen, at, ['grey'])
        const mustBe = isRequired && at.stage === 'made'
        expect(verdict?.code).toBe(mustBe ? 'policy-check-failed' : undefined)
      }
    }
  })

  it('since nobody waits for it is no refusal', async () => {
    const screen = createPictureScreen({ classifier, content: 'nsfw' })
    const job = { source: 'gateway', contentMode: 'sfw' } as const
    const asked = { job, stage: 'made', signal: AbortSignal.abort() } as const
    expect((await screen.screen([picture('grey')], asked))?.code).toBe('cancelled')
  })
})
