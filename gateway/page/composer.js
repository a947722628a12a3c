/** The form at work: modes and the way back from them, what is kept of it, and sending. */
import { ask, Problem } from './api.js'
import { keepDraft, keptDraft } from './draft.js'
import { byId } from './element.js'
import { readForm, writeForm } from './form.js'
import { notice, say } from './notices.js'
import { createPlanPreview } from './plan-preview.js'
import { createReferenceArea } from './reference-area.js'
import { forgetTroubles, tell, tellAll, tellProblem } from './troubles.js'
import { inMode, toRequest, troublesOf } from './wish.js'

/** @typedef {import('./wish.js').Wish} Wish */

/**
 * @typedef {object} Composer
 * @property {() => Wish} wish
 * @property {(wish: Wish, path: string | undefined) => Promise<void>} restore
 * @property {(path: string) => Promise<void>} useReference
 * @property {() => void} refresh Asks anew what would run.
 */

/**
 * @param {{ readonly onSent: (accepted: any) => void, readonly onSeveral: (files: readonly File[]) => void, readonly onUnauthorized: (words: string) => void }} heard
 * @returns {Composer}
 */
export function createComposer({ onSent, onSeveral, onUnauthorized }) {
  const kept = keptDraft()
  let wish = kept.wish
  /** Of what was sent last and not answered: sent again, it is the same job. */
  let errand = { body: '', key: '' }
  let isSending = false

  const write = () => {
    writeForm(wish, reference.has())
    keepDraft({ wish, reference: reference.path() })
    preview()
  }
  const preview = createPlanPreview(() => toRequest(wish, reference.path()))
  const reference = createReferenceArea({
    onNew() {
      // A photo always lands in MODIFY: nothing is copied that nobody asked to have copied.
      wish = inMode(wish, 'modify')
      forgetTroubles()
      write()
    },
    onChange: write,
    onSeveral,
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

  const send = async () => {
    if (isSending) return
    forgetTroubles()
    if (tellAll(troublesOf(wish, reference.has()))) return
    isSending = true
    byId('send', HTMLButtonElement).setAttribute('aria-busy', 'true')
    try {
      const path = await reference.uploaded().catch((error) => {
        if (error instanceof Problem && error.code !== 'no-connection')
          tell('reference', error.message)
        throw error
      })
      const json = {
        ...toRequest(wish, path),
        metadata: { page: { wish, reference: path ?? null } },
      }
      const body = JSON.stringify(json)
      if (errand.body !== body) errand = { body, key: crypto.randomUUID() }
      const headers = { 'idempotency-key': errand.key }
      const accepted = await ask('POST', '/v1/jobs', { json, headers })
      errand = { body: '', key: '' }
      onSent(accepted)
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
    if (reference.has() && read.mode !== wish.mode) return switchTo(read.mode)
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
  if (kept.reference !== undefined) void reference.use(kept.reference).then(write)
  return {
    wish: () => wish,
    async restore(given, path) {
      await reference.use(path)
      wish = given
      forgetTroubles()
      write()
    },
    async useReference(path) {
      await reference.use(path)
      wish = inMode(wish, 'modify')
      write()
      byId('prompt', HTMLElement).focus()
    },
    refresh: preview,
  }
}
