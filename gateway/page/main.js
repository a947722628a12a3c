/** The page put together. */
import { ask, Problem } from './api.js'
import { fillChoices, fillFrom } from './choices.js'
import { createComposer } from './composer.js'
import { createCorner } from './corner.js'
import { wishFrom } from './draft.js'
import { createHistory } from './history.js'
import { createKeyDoor } from './key-door.js'
import { notice } from './notices.js'
import { createStage } from './stage.js'
import { placeOfCode, tell } from './troubles.js'

fillChoices()
const openDoor = createKeyDoor(() => void begin())
const composer = createComposer({
  onSent({ jobId }) {
    stage.show(jobId)
    void history.read()
    look()
    // On a phone the picture is below the form.
    document.getElementById('stage')?.scrollIntoView({ block: 'nearest' })
  },
  onSeveral(files) {
    const words = `${files.length} files came at once, and one is used at a time. Choose one.`
    tell('reference', words)
  },
  onUnauthorized: openDoor,
})
const stage = createStage({
  onEnd() {
    void history.read()
    look()
  },
  onReuse(job, asset) {
    void composer.useReference(pathOf(job, asset))
    notice('It is the reference now, in Modify.')
  },
  onRepeat(job, asset) {
    const { wish, reference } = job.metadata?.page ?? {}
    const seed = asset?.seed ?? job.planned?.seed
    const seen = wishFrom({ prompt: job.prompt, ...wish })
    const again = {
      ...seen,
      ...(seed === undefined ? {} : { seed: String(seed), isSeedLocked: true }),
    }
    void composer.restore(again, reference ?? undefined)
    notice('Everything is as it was for this picture, its seed locked.')
  },
  onFailed({ failure }) {
    const place = placeOfCode(failure?.code ?? '')
    if (place !== 'send') tell(place, failure.detail)
  },
})
const history = createHistory((id) => stage.show(id))
const look = createCorner((error) => openDoor(error.message))
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !event.defaultPrevented) stage.escape()
})
void begin()

/** Also after another key. */
async function begin() {
  look()
  try {
    fillFrom(await ask('GET', '/v1/capabilities'))
    composer.refresh()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.code === 'unauthorized') openDoor(error.message)
  }
  const jobs = await history.read()
  const [newest] = jobs
  const underWay = jobs.find(({ finishedAt }) => finishedAt === null)
  const first = underWay ?? newest
  if (first) stage.show(first.jobId)
}

/**
 * In storage, where every provider's pictures of a job are.
 *
 * @param {any} job
 * @param {any} asset
 */
function pathOf({ jobId }, { url }) {
  const path = decodeURIComponent(new URL(url).pathname)
  const start = path.indexOf('workspace-temp/')
  if (start < 0 || !path.includes(jobId)) throw new Error('the picture has no path of ours')
  return path.slice(start)
}
