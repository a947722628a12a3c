/** How fast this process copies memory that no cache holds; others do the same at the same time. */

/** Far beyond any cache that a core has to itself. */
const BYTES = 2 ** 28
/** Long enough that all processes copy together for most of it. */
const DURATION_MS = 1500

const [from, to] = [Buffer.alloc(BYTES, 1), Buffer.alloc(BYTES, 2)]
let copies = 0
const started = performance.now()
while (performance.now() - started < DURATION_MS) {
  from.copy(to)
  copies++
}
const elapsed = performance.now() - started
// Read once and written once.
console.log(JSON.stringify({ gbPerSecond: (2 * copies * BYTES) / (elapsed * 1e6) }))
