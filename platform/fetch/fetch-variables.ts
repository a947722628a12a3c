/** What may be fetched from, by the variables that gateway and worker both read. */
import { z } from 'zod'
import { httpUrl, list } from '../environment/words.ts'

export const fetchVariables = {
  PRIVATE_ORIGINS: list
    .pipe(z.array(httpUrl))
    .default([])
    .describe(
      'Origins that may be fetched from though they are private: references, a provider’s pictures.',
    ),
}
