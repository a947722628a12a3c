"""Answers cases: what a golden file is, in one place."""

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy
import torch
from diffusers import StableDiffusionXLPipeline
from PIL import Image
from safetensors.torch import load_file, save_file

from images import DEFAULTS, Tensors, record_image
from networks import record_decoder, record_encoder, record_schedule, record_text, record_unet

PipelineOf = Callable[[dict], StableDiffusionXLPipeline]


def record(
    cases: list[dict], given: Tensors, pipeline_of: PipelineOf
) -> tuple[list[dict], Tensors]:
    """Each case with its answers, and the tensors of all of them; `given` holds inputs that are not
    to be made anew.
    """
    answered, tensors = [], {}
    for case in map(complete, cases):
        pipe = pipeline_of(case)
        with torch.inference_mode():
            for name, tensor in answer(pipe, case, given, tensors).items():
                tensors[f"{case['name']}.{name}"] = tensor.contiguous()
        answered.append(case)
    names = [case["name"] for case in answered]
    if len(set(names)) < len(names):
        raise ValueError(f"two cases have one name: {sorted(names)}")
    return answered, tensors


def complete(case: dict) -> dict:
    defaults = DEFAULTS if case["kind"] == "image" else {}
    return case | {name: value for name, value in defaults.items() if name not in case}


def answer(
    pipe: StableDiffusionXLPipeline, case: dict, given: Tensors, tensors: Tensors
) -> Tensors:
    own = {
        k.rpartition(".")[2]: v for k, v in given.items() if k.rpartition(".")[0] == case["name"]
    }
    kind = case["kind"]
    if kind in ("text_encoder", "text_encoder_2"):
        return record_text(pipe, case)
    if kind == "unet":
        return record_unet(pipe, case, own)
    if kind == "vae_encoder":
        return record_encoder(pipe, case, own)
    if kind == "vae_decoder":
        return record_decoder(pipe, case, own)
    if kind == "noise_schedule":
        case |= record_schedule(pipe, case)
        return {}
    if kind == "image":
        return record_image(pipe, case, reference_of(case, given, tensors))
    raise ValueError(f"{case['name']}: no such kind of case: {kind}")


def reference_of(case: dict, given: Tensors, tensors: Tensors) -> torch.Tensor | None:
    """The u8 [H, W, 3] image that img2img begins with: given, or read from `reference_file`, or a
    pattern; kept in `tensors`.
    """
    if case["mode"] != "img2img":
        return None
    name = case.setdefault("reference", f"{case['name']}.reference")
    if name not in tensors:
        tensors[name] = given[name] if name in given else made_reference(case)
    reference = tensors[name]
    if list(reference.shape) != [case["height"], case["width"], 3]:
        raise ValueError(
            f"{case['name']}: {name} is {list(reference.shape)}, not of the case's size"
        )
    return reference


def made_reference(case: dict) -> torch.Tensor:
    if "reference_file" in case:
        return torch.from_numpy(numpy.array(Image.open(case.pop("reference_file")).convert("RGB")))
    y, x = torch.meshgrid(torch.arange(case["height"]), torch.arange(case["width"]), indexing="ij")
    return (torch.stack([3 * x + y, 2 * y + x, x + 5 * y], dim=-1) % 256).to(torch.uint8)


def read_cases(path: Path) -> tuple[list[dict], Tensors]:
    """Cases to answer, and the inputs that lie in the safetensors beside them, if they name one."""
    content = json.loads(path.read_text())
    cases = content["cases"] if isinstance(content, dict) else content
    for case in cases:
        if "reference_file" in case:
            case["reference_file"] = str(path.parent / case["reference_file"])
    named = content.get("tensors") if isinstance(content, dict) else None
    return cases, load_file(path.parent / named) if named else {}


def write_goldens(path: Path, cases: list[dict], tensors: Tensors) -> None:
    """`path` and the safetensors beside it; one line for each case."""
    beside = path.with_suffix(".safetensors")
    head = {
        "format": 1,
        "versions": {library: version(library) for library in libraries(cases)},
        "tensors": beside.name,
    }
    lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
    path.write_text(f'{json.dumps(head)[:-1]},\n "cases": [\n{lines}\n ]\n}}\n', encoding="utf-8")
    save_file(tensors, beside)
    beside.chmod(0o644)  # safetensors leaves files to their owner alone


def libraries(cases: list[dict]) -> list[str]:
    compel = any(case.get("prompt_syntax") == "compel" for case in cases)
    return ["torch", "diffusers", "transformers", *(["compel"] if compel else [])]
