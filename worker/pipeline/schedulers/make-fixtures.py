"""Runs diffusers' schedulers around a toy UNet and records where the latents go, in fixtures.json.

Pinned: diffusers 0.42.1, torch 2.13.0, numpy as they bring it; x86 with AVX2. Run:
  python worker/pipeline/schedulers/make-fixtures.py
  npx biome format --write worker/pipeline/schedulers/fixtures.json
"""

import json
import math
import pathlib
import tempfile

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    TCDScheduler,
)

torch.set_num_threads(1)

SEED = 7
SIZE = 32
STEPS = 12
HERE = pathlib.Path(__file__).parent

# scheduler/scheduler_config.json of stabilityai/stable-diffusion-xl-base-1.0.
SDXL = {
    "_class_name": "EulerDiscreteScheduler",
    "_diffusers_version": "0.19.0.dev0",
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "clip_sample": False,
    "interpolation_type": "linear",
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "sample_max_value": 1.0,
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "timestep_spacing": "leading",
    "trained_betas": None,
    "use_karras_sigmas": False,
}

CLASSES = {
    "euler": (EulerDiscreteScheduler, {}),
    "euler_ancestral": (EulerAncestralDiscreteScheduler, {}),
    "dpmpp_2m": (DPMSolverMultistepScheduler, {}),
    "dpmpp_2m_karras": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "ddim": (DDIMScheduler, {}),
    "lcm": (LCMScheduler, {}),
    "euler_trailing": (EulerDiscreteScheduler, {"timestep_spacing": "trailing"}),
    "ddim_trailing": (DDIMScheduler, {"timestep_spacing": "trailing"}),
    "lcm_trailing": (LCMScheduler, {}),
    "tcd": (TCDScheduler, {}),
}

# Our names of what a variant may change (models/checkpoints/scheduler-config.ts), as diffusers has
# them.
FIELDS = {
    "spacing": "timestep_spacing",
    "predictionType": "prediction_type",
    "rescaleBetasZeroSnr": "rescale_betas_zero_snr",
    "betaSchedule": "beta_schedule",
    "setAlphaToOne": "set_alpha_to_one",
}

VARIANTS = [
    {},
    {"spacing": "trailing"},
    {"spacing": "linspace"},
    {"predictionType": "v_prediction"},
    {"predictionType": "v_prediction", "rescaleBetasZeroSnr": True, "spacing": "trailing"},
    {"betaSchedule": "linear", "setAlphaToOne": True},
]


def scheduler_of(name, variant):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "scheduler_config.json")
        changes = {FIELDS[field]: value for field, value in variant.items()}
        path.write_text(json.dumps({**SDXL, **changes}))
        config = EulerDiscreteScheduler.from_pretrained(folder).config
    cls, overrides = CLASSES[name]
    return cls.from_config(config, **overrides)


def set_timesteps(scheduler, name, steps):
    if name == "lcm_trailing":
        # LCM minds no spacing: DMD2's model card gives it 999, 749, 499 and 249.
        spaced = DDIMScheduler.from_config(scheduler.config, timestep_spacing="trailing")
        spaced.set_timesteps(steps)
        scheduler.set_timesteps(timesteps=spaced.timesteps.tolist())
    else:
        scheduler.set_timesteps(steps)


def run(name, variant, steps, start):
    """txt2img where `start` is None, else img2img from there: the pipelines' own order of calls."""
    scheduler = scheduler_of(name, variant)
    generator = torch.Generator("cpu").manual_seed(SEED)
    set_timesteps(scheduler, name, steps)
    clean = torch.randn(SIZE, generator=generator)
    noise = torch.randn(SIZE, generator=generator)
    first = start or 0
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first)
    timesteps = scheduler.timesteps[first:]
    if start is None:
        x = noise * scheduler.init_noise_sigma
    else:
        x = scheduler.add_noise(clean, noise, timesteps[:1])
    trajectory = [x]
    for t in timesteps:
        eps = 0.1 * scheduler.scale_model_input(x, t) + math.sin(float(t) / 100)
        extra = {} if name.startswith("dpmpp") else {"generator": generator}
        x = scheduler.step(eps, t, x, return_dict=False, **extra)[0]
        trajectory.append(x)
    # The first variant is compared step by step, the others by where they begin and end.
    kept = trajectory if variant == {} else [trajectory[0], trajectory[-1]]
    return {
        "scheduler": name,
        "config": variant,
        "steps": steps,
        "start": start,
        "timesteps": scheduler.timesteps.tolist(),
        "trajectory": [[float(f"{v:.8g}") for v in latents.tolist()] for latents in kept],
    }


cases = []
for variant in VARIANTS:
    for name in CLASSES:
        # What is spaced by its name is so whatever the checkpoint says; all else is told of the others.
        if not name.endswith("_trailing") or variant in ({}, {"spacing": "linspace"}):
            cases += [run(name, variant, STEPS, None), run(name, variant, STEPS, 5)]
# 15 steps and more take no lower order at the end; one step is the shortest schedule.
for name in CLASSES:
    cases += [run(name, {"spacing": "trailing"}, 1, None)]
    cases += [run(name, {"spacing": "leading"}, 25, 12)]
out = {"seed": SEED, "size": SIZE, "cases": cases}
(HERE / "fixtures.json").write_text(json.dumps(out) + "\n")
