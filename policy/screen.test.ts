/** A31: what the floor refuses, however it is written, wherever it stands, whatever is granted. No word here is one. */
import { describe, expect, it } from 'vitest'
import { type ContentMode, Failure, type Job, readPayload } from '#contract'
import { disguises, unreadableUpsideDown } from './disguises.case.ts'
import { Refusal } from './refusal.ts'
import type { Rules } from './rules.ts'
import { createScreen, effectiveMode, type ScreenOptions, type ScreenStage } from './screen.ts'

const rules: Rules = {
  version: 'stand-in-1',
  about: 'Invented words.',
  alone: ['drogmalt'],
  minor: ['zorblat', 'kivstoma'],
  ambiguous: ['plistow'],
  sexual: ['vexnaro', 'tolmiga fesk'],
  suggestive: ['wobriska'],
  adult: ['grensalo'],
  innocent: ['vexnaro lamp'],
}

const job = (asked: Job['asked'], given: Partial<Job> = {}): Job => ({
  ...{ id: 'a', source: 'gateway', mode: 'txt2img', asked, loras: [] },
  ...{ contentMode: 'sfw', enhance: false, metadata: {} },
  ...given,
})

it('looks at a style in words of somebody’s own, also together with the prompt', async () => {
  const screen = createScreen({ rules: [rules], granted: 'nsfw' })
  const refused = async (asked: Job['asked']) => (await screen(job(asked), 'asked'))?.code
  expect(await refused({ prompt: 'a lamp', style: { look: 'drogmalt' } })).toBe('policy-prompt')
  expect(await refused({ prompt: 'a zorblat', style: { look: 'vexnaro' } })).toBe('policy-prompt')
  expect(await refused({ prompt: 'a lamp', style: { look: 'grainy' } })).toBeUndefined()
})

interface Circumstances {
  readonly stage: ScreenStage
  readonly asked: ContentMode
  readonly source: Job['source']
  readonly granted: ContentMode
}

const bothModes = ['sfw', 'nsfw'] as const
const circumstances: readonly Circumstances[] = bothModes.flatMap((asked) =>
  bothModes.flatMap((granted) =>
    (['gateway', 'foreign'] as const).flatMap((source) =>
      (['asked', 'enhanced', 'made'] as const).map((stage) => ({ asked, granted, source, stage })),
    ),
  ),
)

const fewCircumstances = circumstances.filter(
  ({ granted, source, stage }) => granted === 'nsfw' && source === 'gateway' && stage !== 'made',
)

const screens = {
  sfw: createScreen({ rules: [rules] }),
  nsfw: createScreen({ rules: [rules], granted: 'nsfw', grantedForeign: 'nsfw' }),
}

/** The words are in the prompt; when it is enhanced, in the enhanced one alone. */
async function ruleFor(text: string, at: Circumstances): Promise<string | undefined> {
  const isEnhanced = at.stage === 'enhanced'
  const asked = job(
    { prompt: isEnhanced ? 'a harbour' : text },
    { contentMode: at.asked, source: at.source },
  )
  const verdict = await screens[at.granted](asked, at.stage, isEnhanced ? text : undefined)
  return verdict instanceof Refusal ? verdict.rule : verdict?.code
}

const dressed = Object.entries(disguises).flatMap(([name, disguise]) => {
  const words = ['drogmalt', 'zorblat', 'kivstoma', 'plistow', 'vexnaro', 'wobriska']
  const fit = words.filter((word) => name !== 'upside down' || !unreadableUpsideDown.test(word))
  return fit.map((word): [string, string, string] => [name, word, disguise(word)])
})

/** What stands beside a word so that it must be refused, in the mode that was asked for. */
const refusals: Readonly<
  Record<string, readonly [beside: string, modes: readonly ContentMode[]][]>
> = {
  drogmalt: [['', bothModes]],
  zorblat: [
    ['vexnaro', bothModes],
    ['wobriska', bothModes],
    ['tolmiga fesk', bothModes],
    ['', ['nsfw']],
  ],
  kivstoma: [['vexnaro', bothModes]],
  plistow: [
    ['vexnaro', bothModes],
    ['', ['nsfw']],
  ],
  vexnaro: [
    ['zorblat', bothModes],
    ['plistow', bothModes],
  ],
  wobriska: [['zorblat', bothModes]],
}

describe('the floor', () => {
  it('refuses every disguise of every class in every mode, at every stage, whatever is granted', async () => {
    const passed: string[] = []
    let tried = 0
    for (const [name, word, written] of dressed) {
      for (const [beside, modes] of refusals[word] ?? []) {
        const isFirst = refusals[word]?.[0]?.[0] === beside
        for (const at of isFirst ? circumstances : fewCircumstances) {
          if (!modes.includes(at.asked)) continue
          tried++
          const rule = await ruleFor(`a photo, ${written} in the ${beside} garden`, at)
          const isFloor = rule !== undefined && rule !== 'explicit-in-sfw'
          if (!isFloor) passed.push(`${name}: ${word} ${beside} ${JSON.stringify(at)} ${rule}`)
        }
      }
    }
    expect(passed).toEqual([])
    expect(tried).toBeGreaterThan(9_000)
  })

  it.each<readonly [string, Job['asked'], Partial<Job>]>([
    ['the metadata', { prompt: 'x' }, { metadata: { original_prompt: 'zorblat vexnaro' } }],
    ['metadata within', { prompt: 'vexnaro' }, { metadata: { a: { scenePrompt: 'zorblat' } } }],
    ['a LoRA’s name', { prompt: 'vexnaro' }, { loras: [{ id: 'zorblat-v2' }] }],
    ['both prompts, half and half', { prompt: 'vexnaro zor', negativePrompt: 'blat, fog' }, {}],
    ['what is avoided less than not', { prompt: 'vexnaro', negativePrompt: '(zorblat:-1.5)' }, {}],
    ['the same after Compel', { prompt: 'vexnaro', negativePrompt: '(zorblat)-1.5' }, {}],
    [
      'what a blend avoids less than not',
      { prompt: 'vexnaro', negativePrompt: '("zorblat", "x").blend(-1, 1)' },
      {},
    ],
    ['adults of negative weight', { prompt: 'vexnaro, (a grensalo:-1.5)' }, {}],
    [
      'adults of negative weight, deep within',
      { prompt: 'vexnaro, ((a [grensalo]):-.5), fog' },
      {},
    ],
    ['adults of negative weight, after a bracket', { prompt: 'vexnaro, (grensalo)-1' }, {}],
    ['adults that a blend takes away', { prompt: '("vexnaro", "grensalo").blend(1, -0.5)' }, {}],
    [
      'a LoRA of adults, below nothing',
      { prompt: 'vexnaro' },
      { loras: [{ id: 'grensalo-v2', strength: -1 }] },
    ],
    ['adults that are avoided', { prompt: 'vexnaro', negativePrompt: 'blurry, gren.salo' }, {}],
  ])('sees what stands in %s', async (_, asked, given) => {
    for (const contentMode of bothModes) {
      const verdict = await screens.nsfw(job(asked, { ...given, contentMode }), 'asked')
      expect(verdict?.code).toBe('policy-prompt')
    }
  })

  it('forgets no sign that the enhanced prompt left out', async () => {
    const asked = job({ prompt: 'zorblat at the sea' })
    expect(await screens.nsfw(asked, 'enhanced', 'someone at the sea, golden hour')).toBeUndefined()
    expect((await screens.nsfw(asked, 'enhanced', 'vexnaro at the sea'))?.code).toBe(
      'policy-prompt',
    )
  })

  it.each([
    { original_prompt: 'zorblat' },
    { prompt: 'zorblat', original_prompt: 'a lamp' },
    { original_prompt: 'zorblat', metadata: { original_prompt: 'a lamp' } },
  ])('sees what the user of another producer wrote, before that enhanced it: %j', async (given) => {
    const head = { id: 'a', type: 'sdxl_image_high', user_id: 'b', enhanced_prompt: 'vexnaro' }
    const reading = readPayload(JSON.stringify({ ...head, ...given }))
    expect(reading).toMatchObject({ job: { asked: { prompt: 'vexnaro' } } })
    const verdict = reading.kind === 'job' && (await screens.nsfw(reading.job, 'asked'))
    expect(verdict).toMatchObject({ code: 'policy-prompt' })
  })

  it('lets lists of what is to be avoided name what they should', async () => {
    const negativePrompt = 'zorblat, plistow, vexnaro, drogmalt, (kivstoma:1.4)'
    expect(await screens.sfw(job({ prompt: 'zorblat', negativePrompt }), 'asked')).toBeUndefined()
    const nsfw = job({ prompt: 'vexnaro', negativePrompt }, { contentMode: 'nsfw' })
    expect(await screens.nsfw(nsfw, 'asked')).toBeUndefined()
  })

  it('tells apart what is one of a pair, or within other words', async () => {
    const weighed = [
      '(grensalo:1.2) vexnaro lamp, (fog:-1)',
      'wobriska :-1 grensalo',
      '(a:-1) grensalo wobriska',
    ]
    const plain = [...weighed, 'zorblat', 'plistow', 'wobriska', 'plistow wobriska', 'vexnaro lamp']
    const inside = ['prevexnarous', 'drogmalting', 'azorblaty vexnarose', 'vex, then a naros']
    for (const prompt of [...plain, ...inside]) {
      expect([prompt, await screens.sfw(job({ prompt }), 'asked')]).toEqual([prompt, undefined])
    }
  })
})

it('looks through brackets without end in a time that grows with them', async () => {
  const before = process.cpuUsage()
  for (const prompt of ['(a:-1', '(', ':-1', '(a)-1', '.blend(1,']) {
    await screens.nsfw(job({ prompt: prompt.repeat(10_000 / prompt.length) }), 'asked')
  }
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000)
})

describe('the content mode', () => {
  it('refuses what is explicit unless server, producer and request all say nsfw', async () => {
    const made: string[] = []
    for (const at of circumstances) {
      const rule = await ruleFor('a vexnaro photo', at)
      if (rule === undefined) made.push(`${at.asked} ${at.granted}`)
      else expect(rule).toBe('explicit-in-sfw')
    }
    expect([...new Set(made)]).toEqual(['nsfw nsfw'])
  })

  it('holds producers without a token to what is granted to them', () => {
    const foreign = { source: 'foreign', contentMode: 'nsfw' } as const
    const ours = { source: 'gateway', contentMode: 'nsfw' } as const
    expect(effectiveMode(ours, {})).toBe('sfw')
    expect(effectiveMode(ours, { granted: 'nsfw' })).toBe('nsfw')
    expect(effectiveMode(foreign, { granted: 'nsfw' })).toBe('sfw')
    expect(effectiveMode(foreign, { grantedForeign: 'nsfw' })).toBe('sfw')
    expect(effectiveMode(foreign, { granted: 'nsfw', grantedForeign: 'nsfw' })).toBe('nsfw')
  })
})

describe('a check', () => {
  const asks = async (options: Partial<ScreenOptions>, given = job({ prompt: 'x' })) =>
    await createScreen({ rules: [rules], ...options })(given, 'made')

  it('refuses where it throws, rejects or takes too long', async () => {
    const cause = new Error('no classifier')
    const rejects = async () => Promise.reject(cause)
    const throws = () => {
      throw cause
    }
    for (const check of [rejects, throws]) {
      const verdict = await asks({ checks: [check] })
      expect(verdict).toMatchObject({ code: 'policy-check-failed', rule: 'check-failed', cause })
    }
    let signal: AbortSignal | undefined
    const never = (_: Job, __: ScreenStage, given: AbortSignal) => {
      signal = given
      return new Promise<undefined>(() => undefined)
    }
    const late = await asks({ checks: [never], patience: 20 })
    expect([late?.code, signal?.aborted]).toEqual(['policy-check-failed', true])
  })

  it('refuses where the words themselves cannot be looked at', async () => {
    const metadata = new Proxy({}, { ownKeys: () => [].at(0) ?? ['a', 'a'] })
    const verdict = await asks({}, job({ prompt: 'x' }, { metadata }))
    expect(verdict?.code).toBe('policy-check-failed')
  })

  it('has its own refusal told, and is not asked where words are refused', async () => {
    const own = new Failure('policy-output', 'The picture will not be delivered.')
    let times = 0
    const check = async () => {
      times++
      return own
    }
    expect(await asks({ checks: [check] })).toBe(own)
    expect((await asks({ checks: [check] }, job({ prompt: 'drogmalt' })))?.code).toBe(
      'policy-prompt',
    )
    expect(times).toBe(1)
  })
})

it('keeps no word of the prompt in a refusal, and says the same of every rule', async () => {
  const verdicts = await Promise.all(
    ['drogmalt', 'zorblat vexnaro', 'plistow vexnaro'].map((prompt) =>
      screens.nsfw(job({ prompt }), 'asked'),
    ),
  )
  expect(new Set(verdicts.map((verdict) => verdict?.message)).size).toBe(1)
  expect(verdicts).toMatchObject(
    ['alone', 'minor-sexual', 'ambiguous-sexual'].map((rule) => ({
      ...{ rule, rulesVersion: 'stand-in-1', code: 'policy-prompt' },
    })),
  )
  expect(JSON.stringify(verdicts)).not.toMatch(/drog|zorb|vexn|plis/)
})
