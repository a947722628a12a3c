/** What a job's progress and its plan go by of our workers: whether any is there, and whether any has measured itself. */

/** After so long without a word a worker is missed, as routing misses it. */
const MISSED_SECONDS = 10

/**
 * @typedef {object} WorkersHeard
 * @property {boolean} isAnyThere Be it one that takes no more jobs, and ends the one that it has.
 * @property {boolean} isMeasured Without it the gateway's estimate is a guess by the device.
 */

/**
 * @param {import('./answers.ts').RoutingView} view
 * @returns {WorkersHeard}
 */
export function workersIn({ local: { workers } }) {
  return {
    isAnyThere: workers.some(({ silentSeconds }) => silentSeconds < MISSED_SECONDS),
    isMeasured: workers.some(({ isLive, service = [] }) => isLive && service.length > 0),
  }
}
