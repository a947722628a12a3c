"""Writes compel.json: how compel itself reads prompts, and what it makes of them with a toy text encoder.

Run from this folder, with compel somewhere on PYTHONPATH:
    pip install --target .compel --no-deps compel==2.5.1 pyparsing==3.3.3
    PYTHONPATH=.compel python3 make-compel.py
Needs torch, transformers 5 and diffusers. With `--fuzz N FILE` it writes N random prompts' structures to FILE instead.
"""

import importlib.metadata
import json
import math
import pathlib
import random
import sys
import tempfile
import types

import torch
import transformers
from compel import Compel, ReturnedEmbeddingsType
from compel.prompt_parser import Blend, CrossAttentionControlSubstitute, PromptParser

HERE = pathlib.Path(__file__).parent
TOKENIZER = HERE / "../../../../models/tokenizers/clip/tokenizer.json"

PROMPTS = [
    "", "   ", "a cat", "a cat, a dog", "a cat,a dog,,a bird", "cat+", "cat++ dog--", "a cat+, a dog-", "cat ++", "cat+dog",
    "(a cat)+", "(a cat)1.3", "(a cat)0.5 on a mat", "(a cat) 1.3", "(a cat)1", "(a cat).5", "(a cat)+1.2", "(a cat)-0.5",
    "(a cat)-", "((a cat)1.2 on a mat)1.5", "(((deep)+)+)+", "(a (b (c)0.5)1.5)2 d", "()", "()1.3", "(a)(b)", "(a)+(b)-",
    '"a cat"+', '"a cat, a dog."1.3', '"unclosed', 'say "cheese" now', '"a = b"+', '"nested \\"quote\\"+ here"1.2', '""', '" "+',
    "(unbalanced", "unbalanced)", "((a cat)1.3", "(a cat))1.3", ") (", "a ( b", "(a cat:1.3)", "[less]", "{a|b}",
    "\\(literal\\)", "\\(literal\\)+", "(a \\) b)1.2", "c\\+\\+", "\\\"quoted\\\"", "back\\slash", "\\\\(a)",
    "sci-fi", "well-lit++", "1-2", "-5", "a - b", "a -b", "+", "---", "+a", "3d render++", "e=mc2", "(e=mc2)+",
    "50mm f/1.8", "(50mm f1.8)1.1", "a.b+", "a. b+.", "(a. b, c)1.1", "mr. smith-", "www.example.com++",
    "cat.attend(1.5)", "(a cat).attend(++)", "(a cat).attend(--) sat", "cat.attend(1.5", "cat.unknown(1.5)",
    '("a cat", "a dog").blend(0.7, 0.3)', '("a cat", "a dog").blend(1, 1)', '("a cat", "a dog").blend()',
    '("a cat", "a dog").blend(1, 1, no_normalize)', '("a cat++", "(a dog)0.5 sat").blend(2, 1)', "(cat, dog).blend(1, 3)",
    '("a = b", "c").blend(1,1)', '("a cat").blend(0.5)', '( "a cat" , "a dog" ) .blend ( 0.25, 0.75 )',
    '("a cat", "a dog").and()', '("a cat", "a dog").and(1, 0.5)', '("a cat", "(a dog)1.3, big.", "c").add(1, 0.5, 2)',
    '("a cat", "a dog").and(.5, -1.0)', 'x ("a", "b").blend(1, 1)', '(("a", "b").blend(1,1))+',
    "a cat withLora(fur, 0.8) sat", "useLora(fur)cat+ dog", "withLora(fur, x) cat", "no withLora",
    "日本語+ テキスト", "(café)1.2 naïve--", "🙂++ (🙂🙂)0.3", "tab\there (line\nbreak)1.2", "(masterpiece, best quality)1.2, 1girl, solo",
]

ENCODED = [
    "a cat", "a cat++ on (a mat)1.3", "(a cat)0.5 on a mat", "(a cat)0.5, (a dog)0.2, sun-", "(nothing)0 but cat", "(much)3 (none)0.0",
    '("a cat", "a dog++").blend(0.7, 0.3)', '("a cat", "a dog").blend(1, 0.5, no_normalize)', '("a cat", "(a dog)0.7").and(1, 0.5)',
    "wow!!! (cat!)0.6", "a (long cat)0.8, " + "very " * 70 + "(long dog)0.5 " + "and " * 20 + "end++",
    "(" + "one two three four five " * 20 + ")0.6",
    '("a ' + "very " * 80 + 'long cat", "a dog").blend(1, 1)',
    "a cat sat. " * 12 + "a (grey dog)0.5 slept: " + "more; and more, " * 20 + "(the end)1.4",
    "unpunctuated words without any end " * 8 + "x" * 300 + " (tail)0.7", "日本語" * 60,
]


def structure(prompt: str) -> list:
    conjunction = PromptParser().parse_conjunction(prompt)
    segments = []
    for part, weight in zip(conjunction.prompts, conjunction.weights):
        if isinstance(part, Blend):
            total = sum(part.weights)
            shares = [w / total for w in part.weights] if part.normalize_weights else part.weights
            parts = [[share, fragments(p)] for share, p in zip(shares, part.prompts)]
        else:
            parts = [[1, fragments(part)]]
        segments.append([weight, parts])
    # Where nothing is left, compel has no tensor to give; here that is the empty prompt.
    return segments or [[1, [[1, [["", 1]]]]]]


def fragments(prompt) -> list:
    if any(isinstance(child, CrossAttentionControlSubstitute) for child in prompt.children):
        raise ValueError("swap")
    return [[child.text, child.weight] for child in prompt.children]


class ToyTextEncoder:
    """One causal attention over made-up embeddings, in float64: the same function stands in the test."""

    device = torch.device("cpu")
    dtype = torch.float64

    def __init__(self, width: int):
        self.width = width

    def __call__(self, ids, mask=None, output_hidden_states=False, return_dict=True):
        channel = torch.arange(1, self.width + 1, dtype=torch.float64)
        tokens = torch.sin((ids[0] % 97)[:, None].double() * channel * 0.37 + channel)
        places = torch.cos(torch.arange(ids.shape[1], dtype=torch.float64)[:, None] * channel * 0.1)
        x = tokens + places
        scores = x @ x.T / math.sqrt(self.width)
        allowed = torch.ones(ids.shape[1], ids.shape[1]).tril().bool()
        if mask is not None:
            allowed &= mask[0].bool()[None, :]
        hidden = x + scores.masked_fill(~allowed, -math.inf).softmax(-1).nan_to_num() @ x
        end = (ids[0] == 49407).nonzero()[0, 0]
        return types.SimpleNamespace(hidden_states=[hidden[None], None], pooler_output=hidden[end][None] * 2)


def tokenizer(root: str, pad: str) -> transformers.CLIPTokenizer:
    model = json.loads(TOKENIZER.read_text())["model"]
    folder = pathlib.Path(root) / ("first" if pad != "!" else "second")
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(model["merges"]) + "\n")
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": pad}
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    (folder / "tokenizer_config.json").write_text(json.dumps({**special, "model_max_length": 77}))
    return transformers.CLIPTokenizer.from_pretrained(folder)


def encode(prompt: str, tokenizer, width: int) -> list:
    compel = Compel(
        tokenizer=tokenizer,
        text_encoder=ToyTextEncoder(width),
        returned_embeddings_type=ReturnedEmbeddingsType.PENULTIMATE_HIDDEN_STATES_NON_NORMALIZED,
        truncate_long_prompts=False,
        dtype_for_device_getter=lambda device: torch.float64,
    )
    hidden = compel.build_conditioning_tensor(prompt)[0]
    # One number a position: its states times 1, 2, 3, ...
    digest = hidden @ torch.arange(1, width + 1, dtype=torch.float64)
    return [round(value, 6) for value in digest.tolist()]


def fuzz(count: int) -> list:
    draw = random.Random(1)
    words = ["a", "cat", "b2", "(", "(", ")", ")", '"', '"', "+", "++", "-", "--", " ", " ", " ", ",", ".", "1.2", "0.5", "3", "\\(", "\\)",
             '\\"', "\\", "=", "é", ".and(", ".blend(", ".attend(", '("a", "b c")', ")1.2", "withLora(x)", ":1.3)", "\n", "_"]
    cases = []
    while len(cases) < count:
        prompt = "".join(draw.choice(words) for _ in range(draw.randint(1, 14)))
        try:
            cases.append([prompt, structure(prompt)])
        except Exception:
            pass
    return cases


if len(sys.argv) == 4:
    pathlib.Path(sys.argv[3]).write_text(json.dumps(fuzz(int(sys.argv[2]))))
    sys.exit()

parsed = []
for prompt in PROMPTS:
    try:
        parsed.append([prompt, structure(prompt)])
    except Exception as error:
        print("left out:", repr(prompt), type(error).__name__, error)
parsed += fuzz(150)
with tempfile.TemporaryDirectory() as root:
    first, second = tokenizer(root, "<|endoftext|>"), tokenizer(root, "!")
    encoded = [[prompt, encode(prompt, first, 4), encode(prompt, second, 6)] for prompt in ENCODED]

made = f"compel {importlib.metadata.version('compel')}"
rows = lambda items: ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)
text = f'{{"made":"{made}",\n"parsed":[\n{rows(parsed)}\n],\n"encoded":[\n{rows(encoded)}\n]}}\n'
(HERE / "compel.json").write_text(text)
