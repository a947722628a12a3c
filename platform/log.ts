/**
 * One JSON object a line of what happened, which by its making can hold no prompt, no token and no
 * signed URL: only fields that are on a list are written, and only in the form that each must have.
 */

import { type DestinationStream, pino } from 'pino'
import { type LogFields, permittedFields } from './log-fields.ts'
import { scrub } from './scrub.ts'

export type { LogFields } from './log-fields.ts'

export interface Log {
  /** `event` is a verb in the past tense, such as `claimed`. */
  info(event: string, fields?: LogFields): void
  /** Something is not as it should be, and nobody's job has failed of it. */
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** A log of which every line has these fields. */
  with(fields: LogFields): Log
}

export interface LogOptions {
  /** `info` unless given. */
  readonly level?: 'info' | 'warn' | 'error' | 'silent'
  /** Standard output unless given; one call a line. */
  readonly destination?: DestinationStream
}

export function createLog({ level = 'info', destination }: LogOptions = {}): Log {
  const options = {
    level,
    // No process id and host name: who it is, is said with `with`.
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  const logger = destination ? pino(options, destination) : pino(options)
  const under = (scope: LogFields): Log => {
    const write =
      (severity: 'info' | 'warn' | 'error') =>
      (event: string, fields: LogFields = {}) =>
        logger[severity](permittedFields(scope, fields), scrub(event))
    return {
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      with: (fields) => under({ ...scope, ...fields }),
    }
  }
  return under({})
}
