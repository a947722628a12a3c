"""SDXL's networks as diffusers builds them."""

# config.json of stabilityai/stable-diffusion-xl-base-1.0, what differs from the class's defaults.
UNET = dict(
    sample_size=128,
    addition_embed_type="text_time",
    addition_time_embed_dim=256,
    attention_head_dim=[5, 10, 20],
    block_out_channels=[320, 640, 1280],
    cross_attention_dim=2048,
    down_block_types=["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    layers_per_block=2,
    projection_class_embeddings_input_dim=2816,
    transformer_layers_per_block=[1, 2, 10],
    up_block_types=["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    use_linear_projection=True,
)
VAE = dict(
    block_out_channels=[128, 256, 512, 512],
    down_block_types=["DownEncoderBlock2D"] * 4,
    up_block_types=["UpDecoderBlock2D"] * 4,
    latent_channels=4,
    layers_per_block=2,
    sample_size=1024,
    scaling_factor=0.13025,
)


def text_encoder(**own: object) -> dict:
    return dict(
        model_type="clip_text_model", vocab_size=49408, max_position_embeddings=77, layer_norm_eps=1e-5, bos_token_id=0,
        eos_token_id=2, pad_token_id=1, **own,
    )


# The same checkpoint's other parts.
CLIP_L = text_encoder(
    architectures=["CLIPTextModel"], hidden_act="quick_gelu", hidden_size=768, intermediate_size=3072,
    num_attention_heads=12, num_hidden_layers=12, projection_dim=768,
)
CLIP_BIG_G = text_encoder(
    architectures=["CLIPTextModelWithProjection"], hidden_act="gelu", hidden_size=1280, intermediate_size=5120,
    num_attention_heads=20, num_hidden_layers=32, projection_dim=1280,
)
SCHEDULER = dict(
    beta_end=0.012, beta_schedule="scaled_linear", beta_start=0.00085, num_train_timesteps=1000,
    prediction_type="epsilon", steps_offset=1, timestep_spacing="leading",
)
