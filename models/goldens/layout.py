"""Where each tensor of the tiny SDXL's single file stands in its diffusers folder.

Names and shapes come from diffusers' and transformers' own modules, built from the configs; only
the single file's names are ours, and `checkpoint.py` proves those by diffusers' own converter.
"""

import re

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from configs import PARTS, UNET, VAE


def empty_parts() -> dict[str, torch.nn.Module]:
    """The four networks without weights, in evaluation mode."""
    with torch.device("meta"):
        parts = {
            "unet": UNet2DConditionModel.from_config(UNET),
            "vae": AutoencoderKL.from_config(VAE),
            "text_encoder": CLIPTextModel(CLIPTextConfig.from_dict(PARTS["text_encoder"])),
            "text_encoder_2": CLIPTextModelWithProjection(
                CLIPTextConfig.from_dict(PARTS["text_encoder_2"])
            ),
        }
    return {part: network.eval() for part, network in parts.items()}


def tensors() -> list[dict]:
    """One entry per tensor of the single file, by key: `key` and `shape` there; `part`, `names` and
    `part_shape` in the folder.

    Several names share the rows of the key equally, in order. `transposed` says that the folder has
    columns for rows.
    """
    entries: dict[str, dict] = {}
    for part, network in empty_parts().items():
        for name, tensor in network.state_dict().items():
            if name.endswith("position_ids"):
                continue
            add_tensor(entries, part, published_name(part, name), list(tensor.shape))
    return [entries[key] for key in sorted(entries)]


def published_name(part: str, name: str) -> str:
    """transformers 5 keeps CLIPTextModel's tensors without the prefix that every published file
    has.
    """
    prefixed = part != "text_encoder" or name.startswith("text_model.")
    return name if prefixed else f"text_model.{name}"


def add_tensor(entries: dict[str, dict], part: str, name: str, shape: list[int]) -> None:
    key = LDM_KEYS[part](name)
    entry = entries.setdefault(
        key, {"key": key, "shape": shape, "part": part, "names": [], "part_shape": shape}
    )
    entry["names"].append(name)
    if key.startswith("first_stage_model.") and re.search(
        r"attn_1\.(q|k|v|proj_out)\.weight$", key
    ):
        entry["shape"] = [*shape, 1, 1]
    if "in_proj_" in key:
        entry["names"].sort(key=lambda each: "qkv".index(re.search(r"([qkv])_proj", each)[1]))
        entry["shape"] = [3 * shape[0], *shape[1:]]
    if key.endswith("text_projection"):
        entry["transposed"] = True


def substitute(name: str, rules: list[tuple[str, str]]) -> str:
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name


def unet_key(name: str) -> str:
    """Spec 4.3, for two resnets a level."""

    def block(kind: str, per_level: int, first: int):
        inner = {"resnets": "0", "attentions": "1"}
        return lambda m: f"{kind}.{first + int(m[1]) * per_level + int(m[3])}.{inner[m[2]]}."

    def upsampler(m: re.Match) -> str:
        level = int(m[1])
        attention = UNET["up_block_types"][level].startswith("CrossAttn")
        return f"output_blocks.{level * 3 + 2}.{2 if attention else 1}.conv."

    name = re.sub(
        r"^down_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\.", block("input_blocks", 3, 1), name
    )
    name = re.sub(
        r"^up_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\.", block("output_blocks", 3, 0), name
    )
    name = re.sub(
        r"^down_blocks\.(\d+)\.downsamplers\.0\.conv\.",
        lambda m: f"input_blocks.{int(m[1]) * 3 + 3}.0.op.",
        name,
    )
    name = re.sub(r"^up_blocks\.(\d+)\.upsamplers\.0\.conv\.", upsampler, name)
    return "model.diffusion_model." + substitute(name, UNET_RULES)


UNET_RULES = [
    (r"^mid_block\.resnets\.(\d)\.", lambda m: f"middle_block.{2 * int(m[1])}."),
    (r"^mid_block\.attentions\.0\.", "middle_block.1."),
    (r"^conv_in\.", "input_blocks.0.0."),
    (r"^time_embedding\.linear_1\.", "time_embed.0."),
    (r"^time_embedding\.linear_2\.", "time_embed.2."),
    (r"^add_embedding\.linear_1\.", "label_emb.0.0."),
    (r"^add_embedding\.linear_2\.", "label_emb.0.2."),
    (r"^conv_norm_out\.", "out.0."),
    (r"^conv_out\.", "out.2."),
    (r"^(\w+_blocks?\.\d+\.(?:\d\.)?)norm1\.", r"\1in_layers.0."),
    (r"\.conv1\.", ".in_layers.2."),
    (r"\.time_emb_proj\.", ".emb_layers.1."),
    (r"^(\w+_blocks?\.\d+\.(?:\d\.)?)norm2\.", r"\1out_layers.0."),
    (r"\.conv2\.", ".out_layers.3."),
    (r"\.conv_shortcut\.", ".skip_connection."),
]


def vae_key(name: str) -> str:
    """Spec 4.4."""
    last = len(VAE["block_out_channels"]) - 1
    name = re.sub(r"decoder\.up_blocks\.(\d)\.", lambda m: f"decoder.up.{last - int(m[1])}.", name)
    return "first_stage_model." + substitute(name, VAE_RULES)


VAE_RULES = [
    (r"encoder\.down_blocks\.", "encoder.down."),
    (r"(\.(?:up|down)\.\d)\.resnets\.", r"\1.block."),
    (r"\.downsamplers\.0\.", ".downsample."),
    (r"\.upsamplers\.0\.", ".upsample."),
    (r"\.mid_block\.resnets\.(\d)\.", lambda m: f".mid.block_{int(m[1]) + 1}."),
    (r"\.mid_block\.attentions\.0\.", ".mid.attn_1."),
    (r"\.attn_1\.group_norm\.", ".attn_1.norm."),
    (r"\.attn_1\.to_([qkv])\.", r".attn_1.\1."),
    (r"\.attn_1\.to_out\.0\.", ".attn_1.proj_out."),
    (r"\.conv_norm_out\.", ".norm_out."),
    (r"\.conv_shortcut\.", ".nin_shortcut."),
]


def text_key(name: str) -> str:
    return f"conditioner.embedders.0.transformer.{name}"


def text_2_key(name: str) -> str:
    """Spec 4.6."""
    return "conditioner.embedders.1.model." + substitute(name, TEXT_2_RULES)


TEXT_2_RULES = [
    (r"^text_projection\.weight$", "text_projection"),
    (r"^text_model\.embeddings\.token_embedding\.", "token_embedding."),
    (r"^text_model\.embeddings\.position_embedding\.weight$", "positional_embedding"),
    (r"^text_model\.final_layer_norm\.", "ln_final."),
    (r"^text_model\.encoder\.layers\.", "transformer.resblocks."),
    (r"\.layer_norm([12])\.", r".ln_\1."),
    (r"\.self_attn\.[qkv]_proj\.", ".attn.in_proj_"),
    (r"\.self_attn\.out_proj\.", ".attn.out_proj."),
    (r"\.mlp\.fc1\.", ".mlp.c_fc."),
    (r"\.mlp\.fc2\.", ".mlp.c_proj."),
]

LDM_KEYS = {
    "unet": unet_key,
    "vae": vae_key,
    "text_encoder": text_key,
    "text_encoder_2": text_2_key,
}
