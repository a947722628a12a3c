"""Image cases: one call of a diffusers pipeline, its seeds and its answers."""

import diffusers
import numpy
import torch
from diffusers import StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline
from PIL import Image

from prompts import embeddings

SCHEDULERS = {
    "euler": ("EulerDiscreteScheduler", {}),
    "euler_ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": False}),
    "dpmpp_2m_karras": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "ddim": ("DDIMScheduler", {}),
    "lcm": ("LCMScheduler", {}),
}

DEFAULTS = {
    "negative_prompt": None,
    "prompt_syntax": "none",
    "steps": 25,
    "guidance": 5.0,
    "scheduler": "euler",
    "seed": 0,
    "num_images": 1,
}

Tensors = dict[str, torch.Tensor]


def scheduler_of(pipe: StableDiffusionXLPipeline, name: str):
    """The scheduler called `name`, with what the checkpoint's own scheduler config says of the
    noise.
    """
    kind, options = SCHEDULERS[name]
    return getattr(diffusers, kind).from_config(pipe.scheduler.config, **options)


def record_image(
    pipe: StableDiffusionXLPipeline, case: dict, reference: torch.Tensor | None
) -> Tensors:
    """`images` u8 [n, H, W, 3], `latents` f32 [n, 4, h, w], and the prompt's embeddings where
    diffusers was given them.

    `reference` is u8 [H, W, 3]. Image i has a generator of its own, seeded with seed + i.
    """
    recorded: Tensors = {}
    seeds = range(case["seed"], case["seed"] + case["num_images"])
    arguments = {
        "num_inference_steps": case["steps"],
        "guidance_scale": case["guidance"],
        "num_images_per_prompt": case["num_images"],
        "generator": [torch.Generator("cpu").manual_seed(seed) for seed in seeds],
        "output_type": "np",
        "callback_on_step_end": keep_latents(recorded),
        **prompt_arguments(pipe, case, recorded),
    }
    if case["mode"] == "img2img":
        images = image_to_image(pipe, case)(
            image=Image.fromarray(reference.numpy()), strength=case["denoise"], **arguments
        ).images
    else:
        text_to_image = StableDiffusionXLPipeline(**parts_of(pipe, case), **flags_of(pipe))
        text_to_image.set_progress_bar_config(disable=True)
        images = text_to_image(width=case["width"], height=case["height"], **arguments).images
    recorded["images"] = torch.from_numpy((images * 255).round().astype(numpy.uint8))
    return recorded


def keep_latents(recorded: Tensors):
    def callback(_pipe, _step, _timestep, values: dict) -> dict:
        recorded["latents"] = values["latents"].clone()
        return {}

    return callback


def image_to_image(pipe: StableDiffusionXLPipeline, case: dict) -> StableDiffusionXLImg2ImgPipeline:
    if int(case["steps"] * case["denoise"]) < 1:
        raise ValueError(f"{case['name']}: diffusers runs no step at all; raise steps or denoise")
    flags = flags_of(pipe) | {"requires_aesthetics_score": takes_aesthetic_score(pipe)}
    made = StableDiffusionXLImg2ImgPipeline(**parts_of(pipe, case), **flags)
    made.set_progress_bar_config(disable=True)
    return made


def parts_of(pipe: StableDiffusionXLPipeline, case: dict) -> dict:
    return {**pipe.components, "scheduler": scheduler_of(pipe, case["scheduler"])}


def flags_of(pipe: StableDiffusionXLPipeline) -> dict:
    """The invisible watermark would change pixels of images of 256 and more."""
    zeros = pipe.config.force_zeros_for_empty_prompt
    return {"force_zeros_for_empty_prompt": zeros, "add_watermarker": False}


def takes_aesthetic_score(pipe: StableDiffusionXLPipeline) -> bool:
    """Whether five numbers condition the UNet; the text-to-image pipeline forgets what model_index.json says of it."""
    config = pipe.unet.config
    pooled = pipe.text_encoder_2.config.projection_dim
    width = config.projection_class_embeddings_input_dim - pooled
    return width == 5 * config.addition_time_embed_dim


def prompt_arguments(pipe: StableDiffusionXLPipeline, case: dict, recorded: Tensors) -> dict:
    """The texts as they are, or their embeddings, which are then recorded too."""
    made = embeddings(pipe, case)
    if made is None:
        return {"prompt": case["prompt"], "negative_prompt": case["negative_prompt"]}
    prompt, negative = made
    recorded |= {"prompt_embeds": prompt.hidden, "pooled": prompt.pooled}
    arguments = {"prompt_embeds": prompt.hidden, "pooled_prompt_embeds": prompt.pooled}
    if negative is None:
        return arguments
    recorded |= {"negative_prompt_embeds": negative.hidden, "negative_pooled": negative.pooled}
    return arguments | {
        "negative_prompt_embeds": negative.hidden,
        "negative_pooled_prompt_embeds": negative.pooled,
    }
