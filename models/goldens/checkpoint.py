"""The tiny checkpoints as Python writes them, and the proof that they are what diffusers takes them
for.
"""

import hashlib
import json
from pathlib import Path

import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.loaders import single_file_utils
from safetensors.torch import load_file, save_file

import configs
from layout import tensors
from tokenizers_by_file import save_tokenizers
from weights_by_rule import weight_by_rule

SINGLE_FILES = {
    "tiny-single": torch.float32,
    "tiny-single-f16": torch.float16,
    "tiny-single-bf16": torch.bfloat16,
}

FILES = {
    "unet": "unet/diffusion_pytorch_model.safetensors",
    "vae": "vae/diffusion_pytorch_model.safetensors",
    "text_encoder": "text_encoder/model.safetensors",
    "text_encoder_2": "text_encoder_2/model.safetensors",
}


def single_file_tensors(vocabulary: int = configs.VOCABULARY) -> dict[str, torch.Tensor]:
    """Every tensor of the single file, float32."""
    made = {}
    for entry in tensors():
        shape = entry["shape"]
        if entry["key"].endswith("token_embedding.weight"):
            shape = [vocabulary, *shape[1:]]
        made[entry["key"]] = torch.from_numpy(weight_by_rule(entry["key"], shape))
    return made


def folder_tensors(single: dict[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    """The same numbers under diffusers' names, by part."""
    parts: dict[str, dict[str, torch.Tensor]] = {part: {} for part in configs.PARTS}
    for entry in tensors():
        whole = single[entry["key"]]
        whole = whole.T if entry.get("transposed") else whole
        rows = whole.shape[0] // len(entry["names"])
        for index, name in enumerate(entry["names"]):
            piece = whole[index * rows : (index + 1) * rows]
            parts[entry["part"]][name] = piece.reshape(entry["part_shape"]).contiguous()
    return parts


def write_folder(folder: Path, sharded: bool, vocabulary_file: Path) -> None:
    """A diffusers folder in float32, with tokenizers, the UNet in two files where `sharded`."""
    for name, config in {**configs.PARTS, "scheduler": configs.SCHEDULER}.items():
        file = "scheduler_config.json" if name == "scheduler" else "config.json"
        (folder / name).mkdir(parents=True, exist_ok=True)
        write_json(folder / name / file, config)
    write_json(folder / "model_index.json", configs.MODEL_INDEX)
    for part, weights in folder_tensors(single_file_tensors()).items():
        path = folder / FILES[part]
        if sharded and part == "unet":
            write_shards(path, weights)
        else:
            save_file(weights, path, {"format": "pt"})
    save_tokenizers(folder, vocabulary_file)


def write_shards(path: Path, weights: dict[str, torch.Tensor]) -> None:
    """Two files, the first half of the sorted names in the first, and the index that tells them
    apart.
    """
    names = sorted(weights)
    half = (len(names) + 1) // 2
    weight_map = {}
    for number, shard in enumerate([names[:half], names[half:]], start=1):
        file = f"{path.stem}-{number:05}-of-00002{path.suffix}"
        save_file({name: weights[name] for name in shard}, path.parent / file, {"format": "pt"})
        weight_map |= dict.fromkeys(shard, file)
    total = sum(tensor.nbytes for tensor in weights.values())
    write_json(
        path.parent / f"{path.name}.index.json",
        {"metadata": {"total_size": total}, "weight_map": weight_map},
    )


def write_single_files(folder: Path) -> None:
    """The mini file and the tiny ones in each type; the cast rounds to nearest, ties to even."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(single_file_tensors(configs.MINI_VOCABULARY), folder / "mini.safetensors")
    single = single_file_tensors()
    for name, dtype in SINGLE_FILES.items():
        cast = {key: tensor.to(dtype) for key, tensor in single.items()}
        save_file(cast, folder / f"{name}.safetensors")


def load_single_file(path: Path, folder: Path) -> StableDiffusionXLPipeline:
    """A pipeline in float32 of a single file's numbers, read by diffusers' own converter.

    `from_single_file` tells the two text encoders apart by their width alone, and ours are equally
    wide, so the four converters that it would call are called here.
    """
    checkpoint = {key: tensor.float() for key, tensor in load_file(path).items()}
    pipe = StableDiffusionXLPipeline.from_pretrained(folder, add_watermarker=False)
    for part, weights in converted(checkpoint, pipe).items():
        expected = getattr(pipe, part).state_dict().keys()
        if weights.keys() != expected:
            raise ValueError(f"{part}: {sorted(weights.keys() ^ expected)}")
        getattr(pipe, part).load_state_dict(weights)
    return pipe


def converted(checkpoint: dict, pipe: StableDiffusionXLPipeline) -> dict[str, dict]:
    """A single file's tensors as diffusers turns them into those of its four networks."""
    text = single_file_utils.convert_ldm_clip_checkpoint(checkpoint)
    text_2 = single_file_utils.convert_open_clip_checkpoint(
        pipe.text_encoder_2, checkpoint, prefix="conditioner.embedders.1.model."
    )
    flat = not hasattr(pipe.text_encoder, "text_model")
    return {
        "unet": single_file_utils.convert_ldm_unet_checkpoint(checkpoint, dict(pipe.unet.config)),
        "vae": single_file_utils.convert_ldm_vae_checkpoint(checkpoint, dict(pipe.vae.config)),
        "text_encoder": {k.removeprefix("text_model.") if flat else k: v for k, v in text.items()},
        "text_encoder_2": text_2,
    }


def prove(root: Path) -> None:
    """Fails unless folder, sharded folder and single file give diffusers the same numbers, bit for
    bit.
    """
    folder = StableDiffusionXLPipeline.from_pretrained(root / "tiny-folder", add_watermarker=False)
    sharded = StableDiffusionXLPipeline.from_pretrained(
        root / "tiny-sharded", add_watermarker=False
    )
    single = load_single_file(root / "tiny-single.safetensors", root / "tiny-folder")
    for part in configs.PARTS:
        for other in [sharded, single]:
            ours, theirs = getattr(folder, part).state_dict(), getattr(other, part).state_dict()
            different = [name for name in ours if not torch.equal(ours[name], theirs[name])]
            if different or ours.keys() != theirs.keys():
                raise ValueError(f"{part}: {different}")


def write_all(root: Path, vocabulary_file: Path) -> None:
    """Every variant below `root`, by its name."""
    write_single_files(root)
    write_folder(root / "tiny-folder", False, vocabulary_file)
    write_folder(root / "tiny-sharded", True, vocabulary_file)


def digests(root: Path) -> dict[str, dict[str, str]]:
    """For each safetensors file below `root`: sha256 of its data, and of the lines 'name dtype
    [shape]' sorted by name.
    """
    return {
        str(path.relative_to(root)): digest(path) for path in sorted(root.rglob("*.safetensors"))
    }


def digest(path: Path) -> dict[str, str]:
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    lines = [
        f"{name} {header[name]['dtype']} {json.dumps(header[name]['shape'], separators=(',', ':'))}\n"
        for name in sorted(header)
    ]
    return {
        "data": hashlib.sha256(content[8 + length :]).hexdigest(),
        "tensors": hashlib.sha256("".join(lines).encode()).hexdigest(),
    }


def write_layout(path: Path) -> None:
    """What TypeScript needs to write the same files: the configs, and a line for each tensor."""
    texts = {
        "parts": configs.PARTS,
        "scheduler": configs.SCHEDULER,
        "model_index": configs.MODEL_INDEX,
    }
    head = "".join(f' "{name}": {json.dumps(value)},\n' for name, value in texts.items())
    lines = ",\n".join("  " + json.dumps(entry) for entry in tensors())
    path.write_text(f'{{\n{head} "tensors": [\n{lines}\n ]\n}}\n')


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n")
