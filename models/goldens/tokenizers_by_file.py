"""SDXL's two tokenizers, built from the one vocabulary that the repository carries."""

import json
from pathlib import Path

from transformers import CLIPTokenizer

PADS = {"tokenizer": "<|endoftext|>", "tokenizer_2": "!"}


def clip_tokenizer(vocabulary_file: Path, pad: str) -> CLIPTokenizer:
    """transformers' own CLIPTokenizer; its pad token is special, so `!` typed into tokenizer_2
    becomes id 0.
    """
    model = json.loads(vocabulary_file.read_text())["model"]
    merges = [
        tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge)
        for merge in model["merges"]
    ]
    return CLIPTokenizer(vocab=model["vocab"], merges=merges, pad_token=pad, model_max_length=77)


def save_tokenizers(folder: Path, vocabulary_file: Path) -> None:
    """Writes `tokenizer/` and `tokenizer_2/` into a diffusers folder."""
    for name, pad in PADS.items():
        clip_tokenizer(vocabulary_file, pad).save_pretrained(folder / name)
