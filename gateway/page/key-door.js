/** Where a key goes, for gateways that want one; opened when one is missing, wrong or expired. */
import { keepKey, keptKey } from './api.js'
import { byId } from './element.js'
import { notice } from './notices.js'

/**
 * @param {() => void} onKey There is another key, or none any more.
 * @returns {(words: string) => void} opens it, saying why.
 */
export function createKeyDoor(onKey) {
  const door = byId('key', HTMLDetailsElement)
  const field = byId('key-field', HTMLInputElement)
  const trouble = byId('key-trouble', HTMLElement)
  field.value = keptKey()
  byId('key-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    keepKey(field.value.trim())
    trouble.textContent = ''
    field.removeAttribute('aria-invalid')
    door.open = false
    notice(field.value.trim() === '' ? 'No key is used now.' : 'The key is used in this tab.')
    onKey()
  })
  return (words) => {
    if (trouble.textContent === words && door.open) return
    trouble.textContent = words
    field.setAttribute('aria-invalid', 'true')
    door.open = true
    // Whoever is writing is not interrupted.
    if (document.activeElement === document.body) field.focus()
  }
}
