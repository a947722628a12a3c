/** What waits for one reader: in order, and of what outdates itself only the newest, so that no reader can fill memory. */

export interface Mailbox<Item> extends AsyncIterable<Item> {
  /** `outdates`: told of each that was not read yet; those are dropped for this one. */
  readonly put: (item: Item, outdates?: (older: Item) => boolean) => void
  /** No more will come; what is there is read still. */
  readonly end: () => void
}

/** For one reader. */
export function createMailbox<Item>(): Mailbox<Item> {
  let items: Item[] = []
  let isOver = false
  let wake: (() => void) | undefined
  const changed = () => {
    wake?.()
    wake = undefined
  }
  async function* read(): AsyncGenerator<Item, void> {
    for (;;) {
      const item = items.shift()
      if (item !== undefined) yield item
      else if (isOver) return
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  }
  return {
    put(item, outdates) {
      if (isOver) return
      if (outdates) items = items.filter((older) => !outdates(older))
      items.push(item)
      changed()
    },
    end() {
      isOver = true
      changed()
    },
    [Symbol.asyncIterator]: read,
  }
}
