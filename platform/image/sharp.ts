/**
 * sharp with every decoder shut but JPEG, PNG and WebP from memory.
 *
 * Those three are the fuzzed ones. With the file loaders shut too, no path smuggled in as an input can
 * be opened. The shutting is process-wide and happens on import, so import sharp from here only.
 */

import sharp from 'sharp'

sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
})
// Strangers' pixels must not outlive their job.
sharp.cache(false)

export { sharp }
