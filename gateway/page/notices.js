/** What is told in passing: aloud to those who listen, and for a while to those who look, with a way back. */
import { button, byId, element } from './element.js'

const SHOWN_MS = 8_000

/**
 * For screen readers alone.
 *
 * @param {string} words
 */
export function say(words) {
  byId('spoken', HTMLElement).textContent = words
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer

/**
 * @param {string} words
 * @param {{ readonly label: string, readonly run: () => void }} [way]
 */
export function notice(words, way) {
  const place = byId('notice', HTMLElement)
  clearTimeout(timer)
  const hide = () => place.replaceChildren()
  const ways = way
    ? [
        button(way.label, () => {
          hide()
          way.run()
        }),
      ]
    : []
  place.replaceChildren(element('p', {}, words), ...ways)
  timer = setTimeout(() => {
    // Whoever is about to press it is not to lose it.
    if (!place.contains(document.activeElement) && !place.matches(':hover')) hide()
  }, SHOWN_MS)
}
