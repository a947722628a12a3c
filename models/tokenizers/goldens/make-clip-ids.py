"""Writes clip-ids.json: what Python's CLIPTokenizer makes of awkward texts, for both of SDXL's tokenizers.

Run from this folder: python3 make-clip-ids.py. Needs transformers 5; reads ../clip/tokenizer.json for the
vocabulary, and lays it out as the published SDXL folders do (vocab.json, merges.txt, special_tokens_map.json).
"""

import hashlib
import json
import pathlib
import tempfile

import transformers

HERE = pathlib.Path(__file__).parent

TEXTS = [
    "",
    " ",
    "a photo of an astronaut riding a horse on mars",
    "a cat, best quality, 4k",
    "Don't stop! it's 1girl; café  naïve\n日本語 🙂",
    "hello_world ... !!! ''s",
    "BREAK",
    "cat!! wow!",
    "!",
    "! ! !",
    "wow!cat",
    "caf\u00e9 and cafe\u0301",
    "\u00c5ngstr\u00f6m \u212b A\u030a",
    "ΟΔΟΣ ΣΊΣΥΦΟΣ Σ",
    "İstanbul ıĞ",
    "straße STRASSE ẞ",
    "Привет, мир",
    "中文提示词，高质量",
    "ひらがなカタカナ漢字ｶﾅ",
    "안녕하세요 세계",
    "مرحبا بالعالم",
    "हिन्दी में पाठ",
    "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 🇫🇷",
    "🙂🙂🙂",
    "tab\there\r\nand\x0bthere\x0cend",
    "nul \x00 bell \x07 escape \x1b[31m red \x7f",
    "c1 \x85 next \x9f",
    "separators \x1c \x1d \x1e \x1f",
    "zero\u200bwidth joi\u200dner soft\u00adhyphen",
    "\ufeffbyte order mark \ufeff inside",
    "no\u00a0break\u3000ideographic\u2003em",
    "ﬁligree ＦＵＬＬ ＷＩＤＴＨ ①②③ ½ ²",
    "“curly” ‘quotes’ it’s — dash … dots",
    "I'VE you'll THEY'RE we'd i'm 'S",
    "123456 3.14159 1,000,000 ٣٤",
    "(masterpiece:1.2), [bad], {curly}, <lora:x:0.5>, a|b",
    "https://example.com/a?b=c&d=e#f &amp; &lt;b&gt;",
    "supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis",
    "snake_case kebab-case dot.case UPPER camelCase",
    "\U0001d4d0\U0001d4d1 \U00020bb7\U00020bb7 \ue000",
    "a\u0300\u0301\u0302\u0303 \u0300",
    "<| endoftext |> <|im_start|>",
]
# [text, times]: long texts, written short, and their ids as a count and a digest.
REPEATED = [["a photo of a cat, ", 555], ["x", 10000], ["日本🙂", 2500]]


def tokenizer(folder: pathlib.Path, pad: str) -> transformers.CLIPTokenizer:
    source = json.loads((HERE / "../clip/tokenizer.json").read_text())["model"]
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps(source["vocab"]))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(source["merges"]) + "\n")
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
    (folder / "special_tokens_map.json").write_text(json.dumps({**special, "pad_token": pad}))
    config = {**special, "pad_token": pad, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return transformers.CLIPTokenizer.from_pretrained(folder)


def ids(tokenizer: transformers.CLIPTokenizer, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False, truncation=False)["input_ids"]


with tempfile.TemporaryDirectory() as root:
    first = tokenizer(pathlib.Path(root) / "tokenizer", "<|endoftext|>")
    second = tokenizer(pathlib.Path(root) / "tokenizer_2", "!")
    assert (first.pad_token_id, second.pad_token_id) == (49407, 0)
    cases = [{"text": text, "times": times} for text, times in [[text, 1] for text in TEXTS] + REPEATED]
    for case in cases:
        text = case["text"] * case["times"]
        found, other = ids(first, text), ids(second, text)
        if case["times"] > 1:
            assert found == other
            case["count"] = len(found)
            case["sha256"] = hashlib.sha256(",".join(map(str, found)).encode()).hexdigest()
        else:
            case["first"] = found
            if other != found:
                case["second"] = other

lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
version = f"transformers {transformers.__version__}"
(HERE / "clip-ids.json").write_text(f'{{"made":"{version}","cases":[\n{lines}\n]}}\n')
