"""Cases of one network or one schedule: inputs made where none are given, and what diffusers
answers.
"""

import torch
from diffusers import StableDiffusionXLPipeline

from images import Tensors, scheduler_of, steps_of


def record_text(pipe: StableDiffusionXLPipeline, case: dict) -> Tensors:
    """`hidden` [77, width]: the state before the last layer; of text_encoder_2 also `pooled`
    [projection].

    `ids` are made from `text` where the case has no ids.
    """
    second = case["kind"] == "text_encoder_2"
    encoder = pipe.text_encoder_2 if second else pipe.text_encoder
    if "ids" not in case:
        tokenizer = pipe.tokenizer_2 if second else pipe.tokenizer
        case["ids"] = tokenizer(case["text"], padding="max_length", max_length=77, truncation=True)[
            "input_ids"
        ]
    mask = torch.tensor([case["mask"]]) if "mask" in case else None
    answer = encoder(torch.tensor([case["ids"]]), attention_mask=mask, output_hidden_states=True)
    recorded = {"hidden": answer.hidden_states[-2][0]}
    if second:
        recorded["pooled"] = answer.text_embeds[0]
    return recorded


def record_unet(pipe: StableDiffusionXLPipeline, case: dict, given: Tensors) -> Tensors:
    """`output` [1, 4, h, w], after the inputs `sample` [1, 4, h, w], `context` [1, tokens, cross]
    and `pooled` [1, P].
    """
    config, (height, width) = pipe.unet.config, latent_size(pipe, case)
    case.setdefault(
        "time_ids", [case["height"], case["width"], 0, 0, case["height"], case["width"]]
    )
    pooled_width = (
        config.projection_class_embeddings_input_dim
        - len(case["time_ids"]) * config.addition_time_embed_dim
    )
    draw = generator_of(case)
    inputs = {
        "sample": given.get("sample", normal(draw, 1, config.in_channels, height, width)),
        "context": given.get(
            "context", normal(draw, 1, case["tokens"], config.cross_attention_dim)
        ),
        "pooled": given.get("pooled", normal(draw, 1, pooled_width)),
    }
    output = pipe.unet(
        inputs["sample"],
        case["timestep"],
        encoder_hidden_states=inputs["context"],
        added_cond_kwargs={
            "text_embeds": inputs["pooled"],
            "time_ids": torch.tensor([case["time_ids"]], dtype=torch.float32),
        },
    ).sample
    return inputs | {"output": output}


def record_encoder(pipe: StableDiffusionXLPipeline, case: dict, given: Tensors) -> Tensors:
    """`moments` [1, 8, h, w] after the input `image` [1, 3, H, W] in [-1, 1]."""
    uniform = torch.rand(1, 3, case["height"], case["width"], generator=generator_of(case)) * 2 - 1
    image = given.get("image", uniform)
    return {"image": image, "moments": pipe.vae.encode(image).latent_dist.parameters}


def record_decoder(pipe: StableDiffusionXLPipeline, case: dict, given: Tensors) -> Tensors:
    """`output` [1, 3, H, W], not clamped, after the input `latents` [1, 4, h, w], already divided
    by the scaling factor.
    """
    shape = (1, pipe.vae.config.latent_channels, *latent_size(pipe, case))
    latents = given.get("latents", normal(generator_of(case), *shape))
    return {"latents": latents, "output": pipe.vae.decode(latents).sample}


def record_schedule(pipe: StableDiffusionXLPipeline, case: dict) -> dict:
    """`timesteps`, and `sigmas` where this scheduler has any; numbers for JSON, each exactly what
    diffusers has.
    """
    scheduler = scheduler_of(pipe, case["scheduler"])
    scheduler.set_timesteps(**steps_of(pipe, case))
    answer = {"timesteps": [whole(value) for value in scheduler.timesteps.tolist()]}
    if hasattr(scheduler, "sigmas"):
        answer["sigmas"] = scheduler.sigmas.tolist()
    return answer | {"init_noise_sigma": float(scheduler.init_noise_sigma)}


def whole(value: float) -> float | int:
    return int(value) if value == int(value) else value


def latent_size(pipe: StableDiffusionXLPipeline, case: dict) -> tuple[int, int]:
    return case["height"] // pipe.vae_scale_factor, case["width"] // pipe.vae_scale_factor


def generator_of(case: dict) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(case.get("input_seed", 0))


def normal(generator: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=generator)
