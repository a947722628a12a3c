/** What a job's progress and its plan go by of our workers and of routing. */

/** After so long without a word a worker is missed, as routing misses it. */
const MISSED_SECONDS = 10

/**
 * @typedef {object} WorkersHeard
 * @property {boolean} isAnyThere Be it one that takes no more jobs, and ends the one that it has.
 * @property {boolean} isMeasured Without it the gateway's estimate is a guess by the device.
 * @property {string} standing Another one, and who does a job, or when, may be another too.
 */

/**
 * @param {import('./answers.ts').RoutingView} view
 * @returns {WorkersHeard}
 */
export function workersIn({ local: { workers, isUp, isOverloaded, breaker }, providers }) {
  const isMeasured = workers.some(({ isLive, service = [] }) => isLive && service.length > 0)
  const breakers = providers.map(({ name, breaker }) => [name, breaker])
  return {
    isAnyThere: workers.some(({ silentSeconds }) => silentSeconds < MISSED_SECONDS),
    isMeasured,
    standing: JSON.stringify([isUp, isOverloaded, isMeasured, breaker, breakers]),
  }
}
