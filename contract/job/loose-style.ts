/** Reads the style controls as today's page sends them: in its own names, with its names for nothing chosen. */
import { LONGEST_LOOK, type Style, valueName, valuesOf } from '../style.ts'
import type { StyleName } from '../style-phrases.ts'

export interface LooseStyle {
  readonly shot_type?: unknown
  readonly camera_angle?: unknown
  readonly style?: unknown
  readonly lighting?: unknown
  readonly mood?: unknown
}

/** What that page shows where nothing was chosen. */
const UNCHOSEN: Readonly<Partial<Record<StyleName, string>>> = {
  shotType: 'wide',
  cameraAngle: 'eye_level',
}

/**
 * `unknown`: controls with a value that no page ever had, which add nothing. Undefined where nothing was
 * chosen at all.
 */
export function readLooseStyle(loose: LooseStyle): {
  readonly style: Style | undefined
  readonly unknown: readonly (keyof LooseStyle)[]
} {
  const unknown: (keyof LooseStyle)[] = []
  const chosen = controls.flatMap(([field, control]) => {
    const text = textOf(loose[field])
    if (text === undefined) return []
    const name = valueName(text)
    if (name === 'none' || name === UNCHOSEN[control]) return []
    if (valuesOf(control).includes(name)) return [[control, name]]
    if (control === 'look' && text.length <= LONGEST_LOOK) return [[control, text]]
    unknown.push(field)
    return []
  })
  return { style: chosen.length > 0 ? Object.fromEntries(chosen) : undefined, unknown }
}

const controls = [
  ['shot_type', 'shotType'],
  ['camera_angle', 'cameraAngle'],
  ['style', 'look'],
  ['lighting', 'lighting'],
  ['mood', 'mood'],
] as const satisfies readonly (readonly [keyof LooseStyle, StyleName])[]

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
