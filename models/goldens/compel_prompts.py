"""Prompts in compel's syntax, by the real compel, but for the pooled prompt."""

import torch
from compel import Compel, ReturnedEmbeddingsType
from compel.prompt_parser import Blend
from diffusers import StableDiffusionXLPipeline


def encode_compel(pipe: StableDiffusionXLPipeline, text: str) -> tuple[torch.Tensor, torch.Tensor]:
    """`hidden` [1, 77 windows, both widths] as compel makes it, and `pooled` [1, projection] of the
    plain text.

    These are CompelForSDXL's two encoders without its pooling: compel pools the prompt with its
    syntax in it, and a weighted `.and()` fails where pooling is asked for.
    """
    sides = [(pipe.tokenizer, pipe.text_encoder), (pipe.tokenizer_2, pipe.text_encoder_2)]
    hidden = [side(tokenizer, encoder)(text) for tokenizer, encoder in sides]
    inputs = pipe.tokenizer_2(
        plain_text(text), padding="max_length", max_length=77, truncation=True, return_tensors="pt"
    )
    pooled = pipe.text_encoder_2(inputs["input_ids"]).text_embeds
    return torch.cat(hidden, dim=-1), pooled


def side(tokenizer, encoder) -> Compel:
    return Compel(
        tokenizer=tokenizer,
        text_encoder=encoder,
        returned_embeddings_type=ReturnedEmbeddingsType.PENULTIMATE_HIDDEN_STATES_NON_NORMALIZED,
        truncate_long_prompts=False,
        device="cpu",
    )


def plain_text(text: str) -> str:
    """All fragments in order, joined with spaces; those of a blend or an and, too."""
    prompts = []
    for each in Compel.parse_prompt_string(text).prompts:
        prompts += each.prompts if isinstance(each, Blend) else [each]
    return " ".join(fragment.text for prompt in prompts for fragment in prompt.children)
