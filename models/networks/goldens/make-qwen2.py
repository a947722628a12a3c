"""Records what Hugging Face transformers makes of small random Qwen 2.5 networks: qwen2.json and qwen2.safetensors.

  python models/networks/goldens/make-qwen2.py        (versions as in models/goldens/requirements.txt; about 10 s)

The weights follow from their names (models/goldens/weights_by_rule.py) and are not committed; qwen2.ts writes them again.
Computation is in float32, of the bf16 variant's rounded weights too.
"""

import json
import re
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import Qwen2Config, Qwen2ForCausalLM

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "goldens"))
from weights_by_rule import weight_by_rule  # noqa: E402

VOCABULARY = 512
NEW_TOKENS = 64
VARIANTS = {
    "tied": {"tie_word_embeddings": True},
    "untied": {"tie_word_embeddings": False},
    "tied-bf16": {"tie_word_embeddings": True},
}
LENGTHS = [1, 2, 7, 33, 130]
# How many tokens of the prompt are already in the cache.
PASTS = [(7, 3), (33, 32), (130, 64)]


def main() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    golden = {
        "format": 1,
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "tensors": "qwen2.safetensors",
        "weights": {},
        "configs": {},
        "cases": [],
    }
    tensors = {}
    for variant, options in VARIANTS.items():
        model = tiny(variant, options)
        golden["configs"][variant] = published_config(model.config)
        golden["weights"][variant] = {
            name: list(tensor.shape) for name, tensor in stored(model).items()
        }
        for length in LENGTHS:
            record(golden, tensors, (variant, model), length)
        for length, past in PASTS:
            record_past(golden, tensors, (variant, model), (length, past))
    save_file(tensors, HERE / "qwen2.safetensors")
    text = json.dumps(golden, indent=1)
    # A list of numbers is one line.
    text = re.sub(r"\[[\s\d,]+\]", lambda found: re.sub(r"\s+", " ", found[0]), text)
    (HERE / "qwen2.json").write_text(text + "\n")


def tiny(variant: str, options: dict) -> Qwen2ForCausalLM:
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=64,
        intermediate_size=160,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=32768,
        rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        bos_token_id=500,
        eos_token_id=500,
        attn_implementation="eager",
        dtype=torch.float32,
        **options,
    )
    model = Qwen2ForCausalLM(config).eval()
    weights = {}
    for name, tensor in stored(model).items():
        weight = torch.from_numpy(weight_by_rule(name, list(tensor.shape)))
        weights[name] = weight.bfloat16().float() if variant.endswith("bf16") else weight
    model.load_state_dict(weights, strict=not options["tie_word_embeddings"])
    model.tie_weights()
    return model


def stored(model: Qwen2ForCausalLM) -> dict[str, torch.Tensor]:
    """The tensors that a checkpoint has: not the last layer's where it is the table of tokens."""
    state = model.state_dict()
    if model.config.tie_word_embeddings:
        state.pop("lm_head.weight", None)
    return dict(sorted(state.items()))


def published_config(config: Qwen2Config) -> dict:
    """With the fields of Qwen's published config.json, which transformers 5 spells otherwise."""
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "attention_dropout": 0.0,
        "bos_token_id": config.bos_token_id,
        "eos_token_id": config.eos_token_id,
        "hidden_act": config.hidden_act,
        "hidden_size": config.hidden_size,
        "initializer_range": 0.02,
        "intermediate_size": config.intermediate_size,
        "max_position_embeddings": config.max_position_embeddings,
        "max_window_layers": 2,
        "model_type": config.model_type,
        "num_attention_heads": config.num_attention_heads,
        "num_hidden_layers": config.num_hidden_layers,
        "num_key_value_heads": config.num_key_value_heads,
        "rms_norm_eps": config.rms_norm_eps,
        "rope_theta": 1000000.0,
        "sliding_window": config.max_position_embeddings,
        "tie_word_embeddings": config.tie_word_embeddings,
        "torch_dtype": "bfloat16",
        "use_sliding_window": False,
        "vocab_size": config.vocab_size,
    }


def prompt(length: int) -> list[int]:
    """Multiples of a prime, so that neighbours are far apart."""
    return [(37 + 101 * i + 7 * i * i) % VOCABULARY for i in range(length)]


@torch.no_grad()
def record(golden: dict, tensors: dict, named: tuple[str, Qwen2ForCausalLM], length: int) -> None:
    variant, model = named
    ids = prompt(length)
    name = f"{variant}-{length}"
    given = torch.tensor([ids])
    tensors[f"{name}.logits"] = model(given).logits[0, -1].contiguous()
    written = model.generate(
        given,
        attention_mask=torch.ones_like(given),
        max_new_tokens=NEW_TOKENS,
        do_sample=False,
        eos_token_id=None,
        pad_token_id=0,
    )
    golden["cases"].append(
        {
            "name": name,
            "checkpoint": variant,
            "ids": ids,
            "past": 0,
            "greedy": written[0, length:].tolist(),
        }
    )


@torch.no_grad()
def record_past(
    golden: dict, tensors: dict, named: tuple[str, Qwen2ForCausalLM], sizes: tuple[int, int]
) -> None:
    """The prompt in two runs of transformers, the second on the first one's cache."""
    variant, model = named
    length, past = sizes
    ids = prompt(length)
    name = f"{variant}-{past}-of-{length}"
    cache = model(torch.tensor([ids[:past]]), use_cache=True).past_key_values
    out = model(torch.tensor([ids[past:]]), past_key_values=cache, use_cache=True)
    tensors[f"{name}.logits"] = out.logits[0, -1].contiguous()
    layer = out.past_key_values.layers[1]
    tensors[f"{name}.key"] = layer.keys[0].contiguous()
    tensors[f"{name}.value"] = layer.values[0].contiguous()
    golden["cases"].append({"name": name, "checkpoint": variant, "ids": ids, "past": past})


if __name__ == "__main__":
    main()
