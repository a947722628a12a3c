/** What today's `queue-job` pushes, field by field as its code builds it. */

export const id = '3f1d0c8e-1111-4222-8333-944444444444'
export const userId = '7b2a9d10-5555-4666-8777-a88888888888'
export const url = `https://x.supabase.co/storage/v1/object/sign/user-library/${userId}/a.png?token=t`

/** A MODIFY with all that the page's own settings leave in `metadata`. */
export const today = {
  id,
  type: 'sdxl_image_high',
  prompt: 'a harbour at dawn, soft light',
  user_id: userId,
  config: {
    pipeline: 'img2img',
    num_images: 1,
    num_inference_steps: 20,
    guidance_scale: 6,
    denoise_strength: 0.2,
    resolution: '1024x576',
    seed: 42,
  },
  metadata: {
    model_provider: 'local',
    aspect_ratio: '16:9',
    shot_type: 'wide',
    camera_angle: 'eye_level',
    contentType: 'nsfw',
    num_inference_steps: 25,
    guidance_scale: 6,
    seed: 42,
    skip_enhancement: false,
    denoise_strength: 0.2,
    reference_strength: 0.8,
    exact_copy_mode: false,
    reference_mode: 'modify',
    reference_image_url: url,
    originalSeed: 42,
    reference_type: 'style',
    nsfw_optimization: true,
    reference_strength_overridden: false,
  },
  negative_prompt: 'blurry, watermark',
  compel_enabled: false,
  job_id: id,
  job_type: 'sdxl_image_high',
  quality: 'high',
  format: 'image',
  content_type: 'nsfw',
} as const

export const todaysJob = {
  id,
  source: 'foreign',
  mode: 'modify',
  asked: {
    prompt: 'a harbour at dawn, soft light',
    negativePrompt: 'blurry, watermark',
    denoiseStrength: 0.2,
    referenceStrength: 0.8,
    guidanceScale: 6,
    steps: 20,
    quality: 'high',
    seed: 42,
    images: 1,
  },
  loras: [],
  reference: { url },
  size: { resolution: { width: 1024, height: 576 } },
  userId,
  contentMode: 'nsfw',
  enhance: true,
  metadata: today.metadata,
} as const
