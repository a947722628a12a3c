/** The reference of every job: six million pixels of JPEG, as a telephone sends them. */
import { encodeImage } from '#platform/image/encode.ts'
import { noisyPicture } from './noisy-picture.ts'

export function photograph(): Promise<Uint8Array> {
  return encodeImage(noisyPicture(3000, 2000), { format: 'jpeg', quality: 85 })
}
