/** The outbox of jobs that came straight from producers, which a gateway serves as well where one runs. */
export { type CallbackService, serveCallbacks } from '#platform/webhook/serve-callbacks.ts'
