/** The screen of a process, by its settings. */
import type { PolicyConfig } from './config.ts'
import { readRules } from './read-rules.ts'
import { createScreen, type Screen } from './screen.ts'

/** Throws `configuration-invalid` where the operator's rules cannot be read. */
export const screenOf = ({ granted, grantedForeign, termsFolder }: PolicyConfig): Screen =>
  createScreen({ rules: readRules(termsFolder), granted, grantedForeign })
