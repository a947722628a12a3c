"""Records what diffusers makes of fewer evaluations: the schedulers of distilled checkpoints, and
guidance on part of the schedule. Writes few-steps.json and few-steps.safetensors, in the format of
README.md beside this file; requirements.txt has the versions.
"""

import tempfile
from pathlib import Path

import diffusers
import torch
import transformers

import checkpoint
from cases import image
from make import HERE, VOCABULARY, load
from record import record, write_goldens

SCHEDULERS = ["euler_trailing", "ddim_trailing", "lcm_trailing", "tcd"]
UNGUIDED = {"guidance": 1.0, "negative_prompt": None}


def main() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for library in [diffusers, transformers]:
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "tiny-folder")
        checkpoint.write_folder(folder, False, VOCABULARY)
        pipe = load(folder)
        cases = [*schedules(), *pictures(), *partly_guided()]
        named = [{**case, "checkpoint": folder.name} for case in cases]
        write_goldens(HERE / "few-steps.json", *record(named, {}, lambda _case: pipe))


def schedules() -> list[dict]:
    return [
        {
            "name": f"schedule-{scheduler}-{steps}",
            "kind": "noise_schedule",
            "scheduler": scheduler,
            "steps": steps,
        }
        for scheduler in SCHEDULERS
        for steps in [1, 4, 6, 8, 25, 50]
    ]


def pictures() -> list[dict]:
    made = []
    for each in SCHEDULERS:
        made += [
            image(f"txt2img-{each}-1", scheduler=each, steps=1, **UNGUIDED),
            image(f"txt2img-{each}-4", scheduler=each, steps=4, **UNGUIDED),
            image(f"img2img-{each}-8", scheduler=each, **UNGUIDED),
            image(f"img2img-{each}-denoise-070", scheduler=each, denoise=0.7, **UNGUIDED),
            image(f"img2img-{each}-guided", 72, 104, scheduler=each, guidance=1.5),
        ]
    return made + [
        image(f"img2img-{each}-three", scheduler=each, num_images=3, **UNGUIDED)
        for each in ["lcm_trailing", "tcd"]
    ]


def partly_guided() -> list[dict]:
    half = {"guidance_interval": [0, 0.5]}
    return [
        image("txt2img-half-guided", **half),
        image("txt2img-half-guided-three", scheduler="euler_ancestral", num_images=3, **half),
        image("txt2img-first-guided", scheduler="tcd", guidance_interval=[0, 0.1]),
        image("img2img-two-guided", scheduler="dpmpp_2m_karras", guidance_interval=[0, 0.75]),
        image("img2img-half-guided", scheduler="ddim", denoise=0.9, steps=10, **half),
        image("img2img-guided-before", **half),
    ]


if __name__ == "__main__":
    main()
