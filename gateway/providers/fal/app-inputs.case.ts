/** The apps as fal.ai describes them, for its stand-in: the input of each, whose fields must all be known. */
import { z } from 'zod'

const presets = [
  'square_hd',
  'square',
  'portrait_4_3',
  'portrait_16_9',
  'landscape_4_3',
  'landscape_16_9',
]
const imageSize = z.object({ width: z.int().min(1), height: z.int().min(1) })
const sizeOr = (...words: readonly string[]) => z.union([imageSize, z.enum([...presets, ...words])])

const fastSdxl = z.strictObject({
  prompt: z.string(),
  negative_prompt: z.string().optional(),
  image_size: sizeOr().optional(),
  num_inference_steps: z.int().min(1).max(65).optional(),
  guidance_scale: z.number().min(0).max(20).optional(),
  num_images: z.int().min(1).max(8).optional(),
  seed: z.int().optional(),
  format: z.enum(['jpeg', 'png']).optional(),
  expand_prompt: z.boolean().optional(),
  enable_safety_checker: z.boolean().optional(),
})

const seedream = (size: z.ZodType) =>
  z.strictObject({
    prompt: z.string().min(1),
    image_urls: z.array(z.url()).min(1).max(10),
    image_size: size.optional(),
    num_images: z.int().min(1).max(6).optional(),
    max_images: z.int().min(1).max(6).optional(),
    seed: z.int().optional(),
    enable_safety_checker: z.boolean().optional(),
  })

const isLarge = (size: unknown): boolean => {
  const { data } = imageSize.safeParse(size)
  if (!data) return true
  const { width, height } = data
  const isWithin = (side: number) => side >= 1920 && side <= 4096
  const area = width * height
  return (isWithin(width) && isWithin(height)) || (area >= 2560 * 1440 && area <= 4096 * 4096)
}

export const appInputs: Readonly<Record<string, z.ZodType>> = {
  'fal-ai/fast-sdxl': fastSdxl,
  'fal-ai/fast-sdxl/image-to-image': fastSdxl.extend({
    image_url: z.url(),
    strength: z.number().min(0.05).max(1).optional(),
  }),
  'fal-ai/bytedance/seedream/v4/edit': seedream(sizeOr('auto', 'auto_2K', 'auto_4K')),
  'fal-ai/bytedance/seedream/v4.5/edit': seedream(
    sizeOr('auto_2K', 'auto_4K').refine(isLarge, 'too small'),
  ),
}
