/** The form at work: modes and the way back from them, what is kept of it, and sending. */
import { ask, freshName, Problem } from './api.js'
import { keepDraft, keptDraft } from './draft.js'
import { byId } from './element.js'
import { readForm, writeForm } from './form.js'
import { notice, say } from './notices.js'
import { createPhotoArea } from './photo-area.js'
import { createPlanPreview } from './plan-preview.js'
import { forgetTroubles, tell, tellAll, tellProblem } from './troubles.js'
import { inMode, toRequest, troublesOf } from './wish.js'

/** @typedef {import('./wish.js').Wish} Wish */
/** @typedef {import('./draft.js').Draft} Draft */

/**
 * @typedef {object} Composer
 * @property {(draft: Draft) => Promise<void>} restore
 * @property {(path: string) => Promise<void>} useReference
 * @property {(enhancement: import('./answers.ts').Capabilities['enhancement']) => void} know Asks anew what would run.
 * @property {(workers: import('./workers.js').WorkersHeard) => void} hearWorkers
 * @property {(draft: Draft) => boolean} isStill Whether the form still says this.
 */

/**
 * @typedef {object} ComposerHeard
 * @property {(accepted: import('./answers.ts').AcceptedJob) => void} onSent
 * @property {(wish: Wish, photos: readonly import('./photos.js').Photo[]) => void} onBatch
 * @property {(words: string) => void} onUnauthorized
 */

/**
 * @param {ComposerHeard} heard
 * @returns {Composer}
 */
export function createComposer({ onSent, onBatch, onUnauthorized }) {
  const kept = keptDraft()
  let { wish } = kept
  let isRestored = kept.references.length === 0
  let noEnhancement = ''
  /** Of what was sent last and not answered: sent again, it is the same job. */
  let errand = { body: '', key: '' }
  /** By which the plan was asked for; none where it was asked in vain. */
  let standing = ''
  let isMeasured = true
  let isSending = false

  const paths = () => area.photos().flatMap(({ path }) => path ?? [])
  const isBatch = () => area.photos().length > 1 && wish.several === 'each'
  const write = () => {
    writeForm(wish, { photos: area.photos().length, noEnhancement })
    keepDraft({ wish, references: isRestored ? paths() : kept.references })
    preview()
  }
  const preview = createPlanPreview({
    asked: () => ({
      request: toRequest(wish, isBatch() ? paths().slice(0, 1) : paths()),
      times: isBatch() ? area.photos().length : 1,
      isMeasured,
    }),
    onUnanswered() {
      standing = ''
    },
  })
  const area = createPhotoArea({
    onNew({ isAdded }) {
      // A photo always lands in MODIFY: nothing is copied that nobody asked to have copied.
      if (!isAdded) wish = inMode(wish, 'modify')
      if (area.photos().length > 1) wish = { ...wish, several: isAdded ? 'together' : 'each' }
      forgetTroubles(['prompt', 'send'])
      write()
    },
    onChange: write,
  })

  /** @param {Wish['mode']} mode */
  const switchTo = (mode) => {
    const before = wish
    wish = inMode(wish, mode)
    forgetTroubles()
    write()
    const words =
      mode === 'copy'
        ? 'Copy is on. Strength, enhancement and style are off.'
        : 'Modify is on, at strength 0.5. Enhancement and style are back.'
    say(words)
    const run = () => {
      wish = before
      write()
      say(`Back as it was: ${before.mode}.`)
      focusMode()
    }
    notice(words, { label: 'Undo', run })
  }
  const focusMode = () => {
    const chosen = document.querySelector('input[name="mode"]:checked')
    if (chosen instanceof HTMLElement) chosen.focus()
  }

  const sendOne = async () => {
    const references = await Promise.all(area.photos().map((photo) => photo.uploaded())).catch(
      (error) => {
        if (error instanceof Problem && error.code !== 'no-connection')
          tell('reference', error.message)
        throw error
      },
    )
    const json = { ...toRequest(wish, references), metadata: { page: { wish, references } } }
    const body = JSON.stringify(json)
    if (errand.body !== body) errand = { body, key: freshName() }
    const headers = { 'idempotency-key': errand.key }
    const accepted = await ask('POST', '/v1/jobs', { json, headers })
    errand = { body: '', key: '' }
    onSent(accepted)
  }
  const send = async () => {
    if (isSending) return
    forgetTroubles()
    if (tellAll(troublesOf(wish, area.photos().length))) return
    if (isBatch()) return onBatch(wish, area.photos())
    isSending = true
    byId('send', HTMLButtonElement).setAttribute('aria-busy', 'true')
    try {
      await sendOne()
    } catch (error) {
      tellProblem(error)
      if (error instanceof Problem && error.code === 'unauthorized') onUnauthorized(error.message)
    } finally {
      isSending = false
      byId('send', HTMLButtonElement).removeAttribute('aria-busy')
    }
  }

  const form = byId('wish', HTMLFormElement)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send()
  })
  form.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLElement) || target.id === 'file') return
    const read = readForm(wish)
    if (area.photos().length > 0 && read.mode !== wish.mode) return switchTo(read.mode)
    // Without a photo the form shows MODIFY, whatever is kept for the next one.
    wish = { ...read, mode: wish.mode }
    if (target.id === 'prompt' && wish.prompt.trim() !== '') tell('prompt', '')
    write()
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    void send()
  })
  write()
  if (!isRestored) {
    void area.use(kept.references).finally(() => {
      isRestored = true
    })
  }
  return {
    async restore(draft) {
      await area.use(draft.references)
      wish = draft.wish
      byId('more', HTMLDetailsElement).open ||= wish.isSeedLocked
      forgetTroubles()
      write()
    },
    async useReference(path) {
      await area.use([path])
      wish = inMode(wish, 'modify')
      write()
      byId('prompt', HTMLElement).focus()
    },
    know({ available, why }) {
      noEnhancement = available ? '' : (why ?? 'Nobody here enhances prompts.')
      write()
    },
    hearWorkers(workers) {
      if (workers.standing === standing) return
      standing = workers.standing
      isMeasured = workers.isMeasured
      preview()
    },
    isStill: (draft) =>
      draft.wish.prompt === wish.prompt && draft.references.join() === paths().join(),
  }
}
