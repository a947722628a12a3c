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
    "euler_trailing": ("EulerDiscreteScheduler", {"timestep_spacing": "trailing"}),
    "ddim_trailing": ("DDIMScheduler", {"timestep_spacing": "trailing"}),
    "lcm_trailing": ("LCMScheduler", {}),
    "tcd": ("TCDScheduler", {}),
}

# The pipelines have a default of their own, 0; this is TCDScheduler's.
TCD_ETA = 0.3

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


def steps_of(pipe: StableDiffusionXLPipeline, case: dict) -> dict:
    """What `set_timesteps` is told: a count, or a list where the scheduler minds no spacing, as the
    model card of DMD2 has it.
    """
    if case["scheduler"] != "lcm_trailing":
        return {"num_inference_steps": case["steps"]}
    spaced = diffusers.DDIMScheduler.from_config(pipe.scheduler.config, timestep_spacing="trailing")
    spaced.set_timesteps(case["steps"])
    return {"timesteps": spaced.timesteps.tolist()}


def record_image(
    pipe: StableDiffusionXLPipeline, case: dict, reference: torch.Tensor | None
) -> Tensors:
    """`images` u8 [n, H, W, 3], `latents` f32 [n, 4, h, w], and the prompt's embeddings where
    diffusers was given them.

    `reference` is u8 [H, W, 3]. Image i has a generator of its own, seeded with seed + i.
    """
    recorded: Tensors = {}
    seeds = range(case["seed"], case["seed"] + case["num_images"])
    guided = guided_steps(case)
    arguments = {
        **steps_of(pipe, case),
        **({"eta": TCD_ETA} if case["scheduler"] == "tcd" else {}),
        "guidance_scale": case["guidance"] if guided else 1.0,
        "num_images_per_prompt": case["num_images"],
        "generator": [torch.Generator("cpu").manual_seed(seed) for seed in seeds],
        "output_type": "np",
        "callback_on_step_end": after_step(recorded, guided),
        "callback_on_step_end_tensor_inputs": ["latents", *GUIDED],
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


def guided_steps(case: dict) -> int:
    """How many of a run's steps, from its first on, lie within `guidance_interval`, shares of the
    full schedule.
    """
    start, end = case.get("guidance_interval", (0, 1))
    steps = case["steps"]
    first = steps - int(steps * case.get("denoise", 1))
    if first / steps < start:
        raise ValueError(f"{case['name']}: diffusers can end guidance, not begin it")
    return sum(step / steps < end for step in range(first, steps))


# What guidance doubles: the negative half comes first.
GUIDED = ["prompt_embeds", "add_text_embeds", "add_time_ids"]


def after_step(recorded: Tensors, guided: int):
    """Keeps the latents, and ends guidance after `guided` steps, as diffusers documents ("Dynamic
    classifier-free guidance").
    """

    def callback(pipe, step: int, _timestep, values: dict) -> dict:
        recorded["latents"] = values["latents"].clone()
        if step + 1 != guided or not pipe.do_classifier_free_guidance:
            return {}
        pipe._guidance_scale = 1.0
        return {name: values[name].chunk(2)[-1] for name in GUIDED}

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
