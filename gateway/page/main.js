/** The page put together. */
import { ask, Problem } from './api.js'
import { createBatch } from './batch.js'
import { fillChoices, fillFrom } from './choices.js'
import { createComposer } from './composer.js'
import { createCorner } from './corner.js'
import { draftOf } from './draft.js'
import { byId } from './element.js'
import { createHistory } from './history.js'
import { createKeyDoor } from './key-door.js'
import { notice } from './notices.js'
import { createStage } from './stage.js'
import { placeOfCode, tell } from './troubles.js'
import { workersIn } from './workers.js'

fillChoices()
const openDoor = createKeyDoor(() => void begin())
const composer = createComposer({
  onSent({ jobId }) {
    stage.show(jobId)
    void history.read()
    look()
    // On a phone the picture is below the form.
    bringIntoView('stage')
  },
  onBatch(wish, photos) {
    batch.start(wish, photos)
    bringIntoView('batch')
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
    const { wish, references } = draftOf(job)
    const seed = String(asset?.seed ?? job.planned.seed)
    void composer.restore({ wish: { ...wish, seed, isSeedLocked: true }, references })
    notice('Everything is as it was for this picture, its seed locked.')
  },
  onFailed(job) {
    const place = placeOfCode(job.failure?.code ?? '')
    // What is no longer in the form, or never was, is told with the job alone.
    if (place === 'send' || !composer.isStill(draftOf(job))) return
    tell(place, job.failure?.detail ?? '')
  },
})
const history = createHistory((id) => stage.show(id))
const batch = createBatch({
  onChosen(id) {
    stage.show(id)
    bringIntoView('stage')
  },
  onEnd: () => void history.read(),
})
const look = createCorner({
  onView(view) {
    const workers = workersIn(view)
    stage.hearWorkers(workers)
    composer.hearWorkers(workers)
  },
  onRefused: (error) => openDoor(error.message),
  onChange: () => void learn(),
})
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented) return
  if (!stage.escape()) batch.escape()
})
batch.restore()
void begin()

/** Also after another key. */
async function begin() {
  look()
  await learn()
  const jobs = await history.read()
  const first = jobs.find(({ finishedAt }) => finishedAt === null) ?? jobs[0]
  if (first) stage.show(first.jobId)
}

/** What may be asked for here, and what kind of pictures is to be had. */
async function learn() {
  try {
    const capabilities = await ask('GET', '/v1/capabilities')
    fillFrom(capabilities)
    composer.know(capabilities.enhancement)
    const words = byId('pictures-note', HTMLElement)
    words.textContent = capabilities.pictures ? lesser[capabilities.pictures] : ''
    words.hidden = words.textContent === ''
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.code === 'unauthorized') openDoor(error.message)
  }
}

const lesser = {
  real: '',
  demo: 'These are pictures of the demo checkpoint: small ones, of little things. Set SDXL_CHECKPOINT to a real one.',
  nonsense:
    'This checkpoint is a toy of random weights: it shows how i2i works, and draws nothing real. Set SDXL_CHECKPOINT to a real one.',
}

/**
 * Where it stands below the form, or has been scrolled past; the page moves for nothing that is in sight.
 *
 * @param {string} id
 */
function bringIntoView(id) {
  const place = byId(id, HTMLElement)
  const { top } = place.getBoundingClientRect()
  if (top < 0 || top > innerHeight * 0.6) place.scrollIntoView({ block: 'start' })
}

/**
 * In storage, where every provider's pictures of a job are.
 *
 * @param {import('./answers.ts').Job} job
 * @param {import('./answers.ts').Asset} asset
 */
function pathOf({ jobId }, { url }) {
  const path = decodeURIComponent(new URL(url).pathname)
  const start = path.indexOf('workspace-temp/')
  if (start < 0 || !path.includes(jobId)) throw new Error('the picture has no path of ours')
  return path.slice(start)
}
