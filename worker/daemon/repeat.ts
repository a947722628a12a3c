/** Work that is done again and again beside the jobs. */
export { type Repeated, type Repetition, repeat } from '#platform/repeat.ts'
