"""LoRA files for the tiny checkpoint, in the formats that trainers write, their matrices by rule from
their names.
"""

import json
from pathlib import Path

import torch
from layout import tensors
from safetensors.torch import save_file
from weights_by_rule import weight_by_rule

TYPES = {"F32": torch.float32, "F16": torch.float16}


def lora_files() -> dict[str, dict]:
    """By name: `type`, `metadata`, and `tensors` with their `name` and `shape`, an alpha with its
    `value`.
    """
    unet = weights_of("unet")
    transformers = [
        each for each in unet if "transformer_blocks" in each["path"] or ".proj_" in each["path"]
    ]
    attentions = [each for each in unet if ".to_" in each["path"]]
    resnets = [each for each in unet if len(each["shape"]) == 4 or "time_emb" in each["path"]]
    texts = [
        {**each, "prefix": prefix}
        for part, prefix in [("text_encoder", "lora_te1_"), ("text_encoder_2", "lora_te2_")]
        for each in weights_of(part)
        if ".encoder.layers." in each["path"]
    ]
    return {
        "tiny-kohya": kohya("F32", transformers, "ldm", rank=4, alpha=2),
        "tiny-conv": kohya("F16", resnets, "path", rank=2, alpha=1),
        "tiny-text": kohya("F32", texts, "path", rank=4, alpha=1.5),
        "tiny-peft": peft(attentions, rank=3),
        "tiny-old": old(attentions, rank=4),
    }


def weights_of(part: str) -> list[dict]:
    """Every linear layer and convolution: its diffusers `path`, its `ldm` path, and its shape."""
    found = []
    for entry in tensors():
        is_matrix = len(entry["part_shape"]) >= 2 and "embedding.weight" not in entry["key"]
        if entry["part"] != part or not is_matrix:
            continue
        for name in entry["names"]:
            ldm = entry["key"].removeprefix("model.diffusion_model.").removesuffix(".weight")
            path = name.removesuffix(".weight")
            found.append({"path": path, "ldm": ldm, "shape": entry["part_shape"]})
    return found


def kohya(kind: str, weights: list[dict], spelling: str, rank: int, alpha: float) -> dict:
    """With half the alpha for the UNet's feed-forward layers and first convolutions, whose own alpha
    diffusers minds.
    """
    made = []
    for each in weights:
        module = each.get("prefix", "lora_unet_") + each[spelling].replace(".", "_")
        made += pair(each, rank, f"{module}.lora_down.weight", f"{module}.lora_up.weight")
        own = alpha / 2 if ".ff." in each["path"] or "conv1" in each["path"] else alpha
        made.append({"name": f"{module}.alpha", "shape": [], "value": own})
    return {"type": kind, "metadata": {"ss_network_dim": str(rank)}, "tensors": made}


def peft(weights: list[dict], rank: int) -> dict:
    """With another alpha for queries, as diffusers' own `save_lora_weights` would say it."""
    made = []
    for each in weights:
        module = f"unet.{each['path']}"
        made += pair(each, rank, f"{module}.lora_A.weight", f"{module}.lora_B.weight")
    settings = {
        "unet.r": rank,
        "unet.lora_alpha": 1.5,
        "unet.target_modules": ["to_k", "to_out.0", "to_q", "to_v"],
        "unet.alpha_pattern": {"to_q": 0.75},
    }
    metadata = {"format": "pt", "lora_adapter_metadata": json.dumps(settings, sort_keys=True)}
    return {"type": "F32", "metadata": metadata, "tensors": made}


def old(weights: list[dict], rank: int) -> dict:
    """In attention processors, without alphas."""
    made = []
    for each in weights:
        block, _, layer = each["path"].removesuffix(".0").rpartition(".")
        module = f"unet.{block}.processor.{layer}_lora"
        made += pair(each, rank, f"{module}.down.weight", f"{module}.up.weight")
    return {"type": "F32", "metadata": {"format": "pt"}, "tensors": made}


def pair(weight: dict, rank: int, down: str, up: str) -> list[dict]:
    out, *inner = weight["shape"]
    pixel = [1, 1] if len(inner) == 3 else []
    return [{"name": down, "shape": [rank, *inner]}, {"name": up, "shape": [out, rank, *pixel]}]


def write_lora_files(folder: Path) -> None:
    for name, file in lora_files().items():
        kind = TYPES[file["type"]]
        made = {each["name"]: tensor_of(each).to(kind) for each in file["tensors"]}
        save_file(made, folder / f"{name}.safetensors", file["metadata"])


def tensor_of(described: dict) -> torch.Tensor:
    if "value" in described:
        return torch.tensor(described["value"], dtype=torch.float32)
    return torch.from_numpy(weight_by_rule(described["name"], described["shape"]))


def write_descriptions(path: Path) -> None:
    """What TypeScript needs to write the same files; a line for each tensor."""
    texts = []
    for name, file in lora_files().items():
        head = json.dumps({"type": file["type"], "metadata": file["metadata"]})[:-1]
        lines = ",\n".join("  " + json.dumps(each) for each in file["tensors"])
        texts.append(f'"{name}": {head}, "tensors": [\n{lines}\n ]}}')
    path.write_text("{\n " + ",\n ".join(texts) + "\n}\n")
