/** Asks the system's own loader for a library, because only it knows all the places that it looks in. */
import { messageOf } from '#contract'

/**
 * Why a library of that name, such as `libcudnn.so.9`, cannot be loaded into this process; undefined where
 * it can, in which case it has been.
 */
export function loadProblem(library: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, library)
  } catch (error) {
    const said = messageOf(error)
    // It was loaded, and then found to be no module of Node, which nobody claimed.
    return said.includes('did not self-register') ? undefined : said
  }
  return undefined
}
