import { describe, expect, test } from 'vitest'
import { clipTextConfig, vaeConfig } from './diffusers-config.ts'
import { readSchedulerConfig } from './diffusers-scheduler-config.ts'
import { unetConfig } from './diffusers-unet-config.ts'
import { sdxlSchedulerConfig } from './scheduler-config.ts'

// The UNet of diffusers' StableDiffusionXLPipelineFastTests, as save_pretrained of 0.42 writes it.
const tinyUnet = {
  _class_name: 'UNet2DConditionModel',
  _diffusers_version: '0.42.1',
  act_fn: 'silu',
  addition_embed_type: 'text_time',
  addition_embed_type_num_heads: 64,
  addition_time_embed_dim: 8,
  attention_head_dim: [2, 4],
  attention_type: 'default',
  block_out_channels: [2, 4],
  center_input_sample: false,
  class_embed_type: null,
  conv_in_kernel: 3,
  cross_attention_dim: 64,
  down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
  dual_cross_attention: false,
  flip_sin_to_cos: true,
  freq_shift: 0,
  layers_per_block: 2,
  mid_block_type: 'UNetMidBlock2DCrossAttn',
  norm_eps: 1e-5,
  norm_num_groups: 1,
  projection_class_embeddings_input_dim: 80,
  resnet_time_scale_shift: 'default',
  sample_size: 32,
  time_cond_proj_dim: null,
  transformer_layers_per_block: [1, 2],
  up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
  upcast_attention: false,
  use_linear_projection: true,
}

describe('a UNet', () => {
  test("of diffusers' own tests has no depth where it has no attention", () => {
    expect(unetConfig(tinyUnet, 'x')).toEqual({
      inChannels: 4,
      outChannels: 4,
      channels: [2, 4],
      depths: [0, 2],
      middleDepth: 2,
      heads: [2, 4],
      resnetsPerLevel: 2,
      contextWidth: 64,
      timeIdWidth: 8,
      conditioningWidth: 80,
      groups: 1,
      epsilon: 1e-5,
      linearProjection: true,
      guidanceEmbeddingWidth: 0,
      sampleSize: 32,
    })
  })

  test("of the refiner's shape takes one number for all levels", () => {
    const config = unetConfig(
      {
        addition_embed_type: 'text_time',
        addition_time_embed_dim: 256,
        attention_head_dim: [6, 12, 24, 24],
        block_out_channels: [384, 768, 1536, 1536],
        cross_attention_dim: 1280,
        down_block_types: [
          'DownBlock2D',
          'CrossAttnDownBlock2D',
          'CrossAttnDownBlock2D',
          'DownBlock2D',
        ],
        up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
        projection_class_embeddings_input_dim: 2560,
        transformer_layers_per_block: 4,
        use_linear_projection: true,
      },
      'x',
    )
    expect(config).toMatchObject({
      depths: [0, 4, 4, 0],
      middleDepth: 4,
      groups: 32,
      sampleSize: 128,
    })
  })

  test('without some fields takes the defaults of the class', () => {
    const { attention_head_dim: _, use_linear_projection: __, ...rest } = tinyUnet
    const config = unetConfig({ ...rest, time_cond_proj_dim: 256, sample_size: [24, 48] }, 'x')
    expect(config).toMatchObject({
      heads: [8, 8],
      linearProjection: false,
      guidanceEmbeddingWidth: 256,
      sampleSize: 48,
    })
  })

  test.each([
    ['SD 1.5', { addition_embed_type: null }, 'no size conditioning'],
    [
      'SSD-1B',
      {
        transformer_layers_per_block: [
          [1, 1],
          [2, 4],
        ],
      },
      'differ within a level',
    ],
    ['Vega', { mid_block_type: null }, 'mid_block_type null'],
    ['unlike levels', { up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'] }, 'do not mirror'],
    ['another activation', { act_fn: 'mish' }, 'act_fn "mish"'],
    ['GLIGEN', { attention_type: 'gated' }, 'attention_type "gated"'],
    ['too few depths', { transformer_layers_per_block: [2] }, '1 entries in transformer_layers'],
  ])('of %s is refused', (_, fields, message) => {
    expect(() => unetConfig({ ...tinyUnet, ...fields }, 'unet/config.json')).toThrow(
      expect.objectContaining({
        code: 'checkpoint-unsupported',
        message: expect.stringMatching(`^unet/config.json: .*${message}`),
      }),
    )
  })

  test('with malformed fields is refused with all of them', () => {
    const broken = { ...tinyUnet, norm_eps: 'small', block_out_channels: [0] }
    expect(() => unetConfig(broken, 'unet/config.json')).toThrow(
      /^unet\/config\.json .*block_out_channels\.0: .*norm_eps: /,
    )
  })
})

describe('a VAE', () => {
  test('without some fields takes the defaults of the class', () => {
    expect(vaeConfig({}, 'x')).toEqual({
      imageChannels: 3,
      latentChannels: 4,
      channels: [64],
      resnetsPerLevel: 1,
      groups: 32,
      scalingFactor: 0.18215,
      halfSafe: false,
    })
  })

  test('that is not forced to full precision is safe in half, and normalises its latents as it says', () => {
    const statistics = { latents_mean: [-1.6, 1.1, 0, 0], latents_std: [8.4, 5.9, 1, 1] }
    const config = vaeConfig({ force_upcast: false, scaling_factor: 0.5, ...statistics }, 'x')
    expect(config).toMatchObject({
      halfSafe: true,
      scalingFactor: 0.5,
      latentsMean: [-1.6, 1.1, 0, 0],
      latentsStd: [8.4, 5.9, 1, 1],
    })
  })

  test.each([
    [{ _class_name: 'AutoencoderTiny' }, 'AutoencoderTiny'],
    [{ shift_factor: 0.1 }, 'shift_factor 0.1'],
    [{ latents_mean: [0, 0, 0, 0] }, 'only one of latents_mean'],
    [{ mid_block_add_attention: false }, 'no attention in the middle'],
  ])('with %j is refused', (fields, message) => {
    expect(() => vaeConfig(fields, 'x')).toThrow(message)
  })
})

describe('a text encoder', () => {
  const sdxl = { hidden_size: 1280, num_attention_heads: 20, hidden_act: 'gelu', eos_token_id: 2 }

  test('projects only where its class does, and takes end of text 2 for the highest id', () => {
    const config = { ...sdxl, intermediate_size: 5120, num_hidden_layers: 32, projection_dim: 1280 }
    expect(clipTextConfig(config, 'x', { projected: true })).toEqual({
      vocabulary: 49408,
      context: 77,
      width: 1280,
      hidden: 5120,
      layers: 32,
      heads: 20,
      activation: 'gelu',
      epsilon: 1e-5,
      projection: 1280,
      endOfText: null,
    })
    expect(clipTextConfig(config, 'x', { projected: false }).projection).toBe(0)
  })

  test('keeps another end of text, and the default one of transformers', () => {
    const endOfText = (eos: object) =>
      clipTextConfig({ ...sdxl, ...eos }, 'x', { projected: false }).endOfText
    expect(endOfText({ eos_token_id: 999 })).toBe(999)
    expect(endOfText({ eos_token_id: undefined })).toBe(49407)
  })

  test('with another activation is refused', () => {
    expect(() => clipTextConfig({ hidden_act: 'gelu_new' }, 'x', { projected: false })).toThrow(
      'hidden_act gelu_new',
    )
  })
})

describe('a scheduler', () => {
  test("is SDXL's where there is none, or where its class is unknown", () => {
    expect(readSchedulerConfig(undefined, 'x')).toEqual(sdxlSchedulerConfig)
    expect(readSchedulerConfig({ _class_name: 'OurScheduler' }, 'x')).toEqual(sdxlSchedulerConfig)
  })

  // scheduler/scheduler_config.json of stable-diffusion-xl-base-1.0.
  test("of SDXL base's own file is the one that single files get", () => {
    const json = {
      _class_name: 'EulerDiscreteScheduler',
      beta_end: 0.012,
      beta_schedule: 'scaled_linear',
      beta_start: 0.00085,
      clip_sample: false,
      interpolation_type: 'linear',
      num_train_timesteps: 1000,
      prediction_type: 'epsilon',
      set_alpha_to_one: false,
      skip_prk_steps: true,
      steps_offset: 1,
      timestep_spacing: 'leading',
      trained_betas: null,
      use_karras_sigmas: false,
    }
    expect(readSchedulerConfig(json, 'x')).toEqual(sdxlSchedulerConfig)
  })

  test.each([
    ['EulerAncestralDiscreteScheduler', 0.0001, 'linear', 'linspace', true],
    ['DDIMScheduler', 0.0001, 'linear', 'leading', true],
    ['PNDMScheduler', 0.0001, 'linear', 'leading', false],
    ['HeunDiscreteScheduler', 0.00085, 'linear', 'linspace', true],
    ['LCMScheduler', 0.00085, 'scaled_linear', 'leading', true],
  ])(
    '%s without fields has the defaults of its class',
    (name, betaStart, betaSchedule, spacing, one) => {
      expect(readSchedulerConfig({ _class_name: name }, 'x')).toMatchObject({
        betaStart,
        betaSchedule,
        spacing,
        setAlphaToOne: one,
        stepsOffset: 0,
      })
    },
  )

  test('of a v-prediction model keeps its zero terminal SNR', () => {
    const json = {
      _class_name: 'EulerDiscreteScheduler',
      prediction_type: 'v_prediction',
      rescale_betas_zero_snr: true,
      timestep_spacing: 'trailing',
    }
    expect(readSchedulerConfig(json, 'x')).toMatchObject({
      predictionType: 'v_prediction',
      rescaleBetasZeroSnr: true,
      spacing: 'trailing',
    })
  })

  test.each([
    [{ _class_name: 'EDMDPMSolverMultistepScheduler' }, 'EDMDPMSolver'],
    [{ beta_schedule: 'squaredcos_cap_v2' }, 'squaredcos'],
    [{ prediction_type: 'sample' }, '"sample"'],
    [{ trained_betas: [0.1] }, 'trained_betas'],
  ])('with %j is refused', (json, message) => {
    expect(() => readSchedulerConfig(json, 'x')).toThrow(message)
  })
})
