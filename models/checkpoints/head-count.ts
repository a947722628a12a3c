/** How many attention heads a width divides into, which weights do not tell: SDXL's are all 64 wide. */
import { Failure } from '#contract'

const headWidth = 64

/** Throws Failure('checkpoint-unsupported') where `width` is no multiple of 64; `path` is the file it was read from. */
export function headCount(width: number, path: string): number {
  if (width > 0 && width % headWidth === 0) return width / headWidth
  throw new Failure(
    'checkpoint-unsupported',
    `${path}: a network ${width} wide does not divide into SDXL's attention heads of ${headWidth}: say how it does in a NAME.json beside NAME.safetensors, {"unet": its config.json, "vae": …, "text_encoder": …, "text_encoder_2": …}.`,
  )
}
