/** Before and after, one upon the other, with a line between that is moved by hand or key. */
import { element } from './element.js'

/**
 * @param {object} shown
 * @param {string | undefined} shown.before
 * @param {string} shown.after
 * @param {number} shown.width
 * @param {number} shown.height
 * @param {string} shown.alt
 */
export function compare({ before, after, width, height, alt }) {
  const picture = element('img', { src: after, alt, width, height, className: 'after' })
  const root = element('div', { className: 'compare' }, picture)
  root.style.setProperty('--ratio', String(width / height))
  root.style.setProperty('--natural', `${width}px`)
  if (before === undefined) return root
  const earlier = element('img', { src: before, alt: 'The photo before', className: 'before' })
  const line = element('span', { className: 'line', ariaHidden: 'true' })
  const slider = element('input', {
    type: 'range',
    min: '0',
    max: '100',
    value: '50',
    ariaLabel: 'Before and after',
  })
  root.append(earlier, line, slider)
  const move = () => {
    root.style.setProperty('--at', `${slider.value}%`)
    slider.setAttribute('aria-valuetext', `${slider.value} % of the photo before`)
  }
  slider.addEventListener('input', move)
  move()
  return root
}
