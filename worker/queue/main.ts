/** `npm run queue`: a person looks into the queue, and mends it. */
import { Failure, messageOf, type Queue } from '#contract'
import { bearClosedOutput } from '#platform/bear-closed-output.ts'
import { type Errand, readErrand } from './arguments.ts'
import { readQueueConfig } from './config.ts'
import { confirm } from './confirm.ts'
import { deadText, listDead } from './dead.ts'
import { drop } from './drop.ts'
import { help } from './help.ts'
import { list, listingText } from './list.ts'
import { peek } from './peek.ts'
import { sightText } from './peek-text.ts'
import { printable, printableJson } from './printable.ts'
import { retry, retryAllDead } from './retry.ts'
import { countOf } from './table.ts'
import { withQueue } from './with-queue.ts'

bearClosedOutput()

const typed = process.argv.slice(2)

if (typed.length === 0) {
  process.stderr.write(help)
  process.exitCode = 1
} else {
  try {
    await obey()
  } catch (error) {
    process.exitCode = explain(error)
  }
}

async function obey(): Promise<void> {
  const errand = readErrand(typed)
  if (errand === 'help') {
    process.stdout.write(help)
    return
  }
  const config = readQueueConfig()
  const said = await withQueue(config, (queue) => answer(errand, queue, config.queue.name))
  process.stdout.write(`${said}\n`)
}

async function answer(errand: Errand, queue: Queue, name: string): Promise<string> {
  const { verb, id, count, isJson, showsContent } = errand
  switch (verb) {
    case 'list': {
      const listing = await list(queue, { name, count })
      return isJson ? printableJson(listing) : listingText(listing)
    }
    case 'dead': {
      const listing = await listDead(queue, { name, count })
      return isJson ? printableJson(listing) : deadText(listing)
    }
    case 'peek': {
      const sight = await peek(queue, { name: id, showsContent })
      return isJson ? printableJson(sight) : sightText(sight)
    }
    case 'retry':
      return errand.isAllDead ? retryEach(queue, errand) : retry(queue, id)
    case 'drop':
      return drop(queue, id)
  }
}

async function retryEach(queue: Queue, { isSure }: Errand): Promise<string> {
  const { dead } = await queue.depth()
  if (dead === 0) return 'There is no dead letter.'
  const question = `Put ${countOf(dead, 'dead letter')} back into the queue?`
  const asking = { input: process.stdin, output: process.stderr }
  if (!isSure && !(await confirm(question, asking))) return 'Nothing was done.'
  const { retried, kept } = await retryAllDead(queue)
  const stay = kept > 0 ? ` ${countOf(kept, 'letter')} without an id stayed: retry it by name.` : ''
  return `${countOf(retried, 'job')} put at the back of the queue.${stay}`
}

/** One line, and the exit status. */
function explain(error: unknown): number {
  const said = printable(messageOf(error).replace(/\s*\n\s*/g, ' '))
  const isOurs = error instanceof Failure
  process.stderr.write(`queue: ${isOurs ? said : `This should not have happened: ${said}`}\n`)
  return 1
}
