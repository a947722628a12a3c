/** An answer, if it comes in time: for whoever must not wait for one that may never come. */

/** Undefined where `work` takes longer than `ms`, or rejects; it goes on then, and nobody hears of it. */
export async function answerWithin<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([work.catch(() => undefined), late])
  } finally {
    clearTimeout(timer)
  }
}
