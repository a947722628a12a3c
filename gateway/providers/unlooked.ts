/** A provider whose pictures nobody here can look at: it is not used where they would have to be, and says so. */
import type { Provider } from './provider.ts'

/**
 * In sfw its own safety checker, which is never switched off, has looked; what it makes in nsfw nobody has. One that is
 * not listed for nsfw is what it was.
 */
export function unlooked(provider: Provider): Provider {
  const { name, contentModes } = provider
  if (!contentModes.includes('nsfw')) return provider
  const reason =
    `${name} is not used for content mode nsfw, since nothing here would look at what it makes. ` +
    'Name an image classifier with POLICY_CLASSIFIER.'
  return {
    ...provider,
    contentModes: contentModes.filter((mode) => mode !== 'nsfw'),
    note: reason,
    fit: (order) =>
      order.job.contentMode === 'nsfw' ? { fits: false, reason } : provider.fit(order),
  }
}
