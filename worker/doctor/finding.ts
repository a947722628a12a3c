/** What one check found, and how to mend what is not as it must be. */

export interface Finding {
  readonly status: 'ok' | 'missing' | 'wrong'
  /** What is here, or what is the matter; no full stop. */
  readonly found: string
  /** One command where there is one, else a sentence. */
  readonly mend?: string
  /** Whether no pictures, or not those that were asked for, can be made until it is mended. */
  readonly isInTheWay: boolean
}

export const ok = (found: string): Finding => ({ status: 'ok', found, isInTheWay: false })

export const missing = (found: string, mend?: string): Finding => trouble('missing', found, mend)

export const wrong = (found: string, mend?: string): Finding => trouble('wrong', found, mend)

/** The same, where pictures can be made all the same. */
export const bearable = (finding: Finding): Finding => ({ ...finding, isInTheWay: false })

function trouble(status: 'missing' | 'wrong', found: string, mend: string | undefined): Finding {
  return { status, found, ...(mend !== undefined && { mend }), isInTheWay: true }
}
