"""Prompts as numbers, where diffusers alone does not make them: longer than one window, or with
weights.
"""

from dataclasses import dataclass

import torch
from diffusers import StableDiffusionXLPipeline

import a1111

WINDOW = 75  # tokens between begin and end of text


@dataclass
class Embedding:
    """`hidden` [1, 77 windows, both widths] and `pooled` [1, projection]."""

    hidden: torch.Tensor
    pooled: torch.Tensor


def embeddings(
    pipe: StableDiffusionXLPipeline, case: dict
) -> tuple[Embedding, Embedding | None] | None:
    """The prompt and, under guidance, the negative prompt, equally long; None where diffusers is to
    encode the text itself.
    """
    prompt, negative = case["prompt"], case["negative_prompt"]
    guided = case["guidance"] > 1
    texts = [prompt] + ([negative] if guided and negative is not None else [])
    if case["prompt_syntax"] == "none" and all(fits(pipe, text) for text in texts):
        return None
    if guided and negative is None and not pipe.config.force_zeros_for_empty_prompt:
        texts.append("")
    made = [encode(pipe, text, case["prompt_syntax"]) for text in texts]
    made = padded(made, encode(pipe, "", "none").hidden)
    if guided and len(made) == 1:
        made.append(Embedding(*(torch.zeros_like(each) for each in vars(made[0]).values())))
    return made[0], made[1] if guided else None


def encode(pipe: StableDiffusionXLPipeline, text: str, syntax: str) -> Embedding:
    if syntax == "compel":
        from compel_prompts import encode_compel  # compel is needed only where a case asks for it

        return Embedding(*encode_compel(pipe, text))
    if syntax == "a1111":
        return encode_a1111(pipe, text)
    return encode_plain(pipe, text)


def fits(pipe: StableDiffusionXLPipeline, text: str) -> bool:
    return all(len(tokens(each, text)) <= WINDOW for each in [pipe.tokenizer, pipe.tokenizer_2])


def tokens(tokenizer, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def encode_plain(pipe: StableDiffusionXLPipeline, text: str) -> Embedding:
    """Windows of 75 tokens in order; pooled is the first window's."""
    streams = [windows(tokens(each, text)) for each in [pipe.tokenizer, pipe.tokenizer_2]]
    if len(streams[0]) != len(streams[1]):
        raise ValueError(f"the two tokenizers make different numbers of windows of {text!r}")
    made = [encode_window(pipe, first, second) for first, second in zip(*streams, strict=True)]
    return Embedding(torch.cat([each.hidden for each in made], dim=1), made[0].pooled)


def windows(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + WINDOW] for start in range(0, max(len(ids), 1), WINDOW)]


def encode_window(pipe: StableDiffusionXLPipeline, ids: list[int], ids_2: list[int]) -> Embedding:
    """At most 75 tokens of each tokenizer, framed and padded with that tokenizer's own pad."""
    first = pipe.text_encoder(framed(pipe.tokenizer, ids), output_hidden_states=True)
    second = pipe.text_encoder_2(framed(pipe.tokenizer_2, ids_2), output_hidden_states=True)
    hidden = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], dim=-1)
    return Embedding(hidden, second.text_embeds)


def framed(tokenizer, ids: list[int]) -> torch.Tensor:
    """[1, 77]: begin of text, at most 75 tokens, end of text, pads."""
    frame = [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id]
    return torch.tensor([frame + [tokenizer.pad_token_id] * (WINDOW + 2 - len(frame))])


def encode_a1111(pipe: StableDiffusionXLPipeline, text: str) -> Embedding:
    """Each token's hidden state times its weight ('No norm'); pooled is the first chunk's, without
    weights.

    The tokens are CLIP-L's for both encoders, as in the web UI.
    """
    made = []
    for chunk in a1111.chunks(text, lambda part: tokens(pipe.tokenizer, part)):
        window = encode_window(pipe, chunk.tokens, chunk.tokens)
        weights = [1.0, *chunk.weights] + [1.0] * (WINDOW + 1 - len(chunk.weights))
        window.hidden = window.hidden * torch.tensor(weights)[None, :, None]
        made.append(window)
    return Embedding(torch.cat([each.hidden for each in made], dim=1), made[0].pooled)


def padded(made: list[Embedding], empty: torch.Tensor) -> list[Embedding]:
    """The shorter ones extended with encodings of the empty window, `empty` [1, 77, width]."""
    length = max(each.hidden.shape[1] for each in made)
    for each in made:
        missing = (length - each.hidden.shape[1]) // empty.shape[1]
        each.hidden = torch.cat([each.hidden, *[empty] * missing], dim=1)
    return made
