/**
 * Calls that come at the same time, made as one: a way to a server and back costs more than most of what is asked on it.
 *
 * What is called within one turn of the event loop goes together. While as many are under way as may be, whatever comes
 * waits for the next: the more there is to do, the more goes at once, and a call that comes alone waits for nothing.
 */

export interface GatherOptions {
  /** Items that go together. */
  readonly most: number
  /** How many may be under way at a time. */
  readonly lanes: number
  /**
   * Of an error after which nothing was done: whether one item may be to blame, so that each is asked for by itself. Any
   * other is an error of all, and of those who wait: a server that is away. Never, unless given.
   */
  readonly mayBeOnes?: (error: unknown) => boolean
}

interface OfAll {
  readonly error: unknown
}

interface Asked<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * @param together answers in the order of its items, or throws for all of them.
 * @returns a function for one item; what `together` threw is thrown to each.
 */
export function gather<Item, Result>(
  together: (items: readonly Item[]) => Promise<readonly Result[]>,
  { most, lanes, mayBeOnes = () => false }: GatherOptions,
): (item: Item) => Promise<Result> {
  const waiting: Asked<Item, Result>[] = []
  let underWay = 0
  let isDue = false

  /** @returns the error of all, where there was one. */
  const answer = async (asked: readonly Asked<Item, Result>[]): Promise<OfAll | undefined> => {
    try {
      const results = await together(asked.map(({ item }) => item))
      if (results.length !== asked.length) {
        throw new Error(`${results.length} answers to ${asked.length} items`)
      }
      for (const [i, result] of results.entries()) asked[i]?.resolve(result)
      return undefined
    } catch (error) {
      if (!mayBeOnes(error)) {
        // Those who wait too, or each turn would wait for as long as the one before it did.
        refuse([...asked, ...waiting.splice(0)], error)
        return { error }
      }
      if (asked.length > 1) return await answerEach(asked)
      refuse(asked, error)
      return undefined
    }
  }
  const answerEach = async (asked: readonly Asked<Item, Result>[]): Promise<OfAll | undefined> => {
    for (const [i, each] of asked.entries()) {
      const failed = await answer([each])
      if (!failed) continue
      refuse(asked.slice(i + 1), failed.error)
      return failed
    }
    return undefined
  }
  const go = () => {
    isDue = false
    while (underWay < lanes && waiting.length > 0) {
      underWay++
      void answer(waiting.splice(0, most)).then(() => {
        underWay--
        fallDue()
      })
    }
  }
  const fallDue = () => {
    if (isDue || underWay >= lanes || waiting.length === 0) return
    isDue = true
    // Once all sockets that have something were read.
    setImmediate(go)
  }
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      fallDue()
    })
}

function refuse(
  asked: readonly { readonly reject: (error: unknown) => void }[],
  error: unknown,
): void {
  for (const { reject } of asked) reject(error)
}
