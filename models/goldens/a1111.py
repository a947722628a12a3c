"""The web UI's prompt grammar: weights in brackets, BREAK, and chunks of 75 tokens that prefer to
end at a comma.

Written from sdxl_spec.md 8.1, with its one deviation: BREAK inside brackets is a break too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

CHUNK = 75
BACKTRACK = 20  # the web UI's default `comma_padding_backtrack`
COMMA = 267
ROUND, SQUARE = 1.1, 1 / 1.1

TOKEN = re.compile(
    r"\\(?P<escaped>[()\[\]\\])|(?P<stray>\\)|(?P<open>[(\[])|:\s*(?P<weight>[+-]?[.\d]+)\s*\)|(?P<close>[)\]])"
    r"|(?P<text>[^\\()\[\]:]+|:)"
)


@dataclass
class Fragment:
    text: str
    weight: float = 1.0
    is_break: bool = False


@dataclass
class Chunk:
    tokens: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)


def fragments(prompt: str) -> list[Fragment]:
    """Texts with their weights, neighbours of equal weight joined; never empty."""
    made: list[Fragment] = []
    opened: dict[str, list[int]] = {"(": [], "[": []}

    def multiply(start: int, weight: float) -> None:
        for each in made[start:]:
            each.weight *= weight

    for match in TOKEN.finditer(prompt):
        text = match[0]
        if match["escaped"]:
            made.append(Fragment(match["escaped"]))
        elif match["stray"]:
            continue
        elif match["open"]:
            opened[text].append(len(made))
        elif match["weight"] and opened["("]:
            multiply(opened["("].pop(), float(match["weight"]))
        elif text == ")" and opened["("]:
            multiply(opened["("].pop(), ROUND)
        elif text == "]" and opened["["]:
            multiply(opened["["].pop(), SQUARE)
        else:
            made += literal(text)
    for bracket, weight in [("(", ROUND), ("[", SQUARE)]:
        for start in opened[bracket]:
            multiply(start, weight)
    return joined(made) or [Fragment("")]


def literal(text: str) -> list[Fragment]:
    """Text between which every word BREAK stands as a fragment of its own."""
    made: list[Fragment] = []
    for index, part in enumerate(re.split(r"\s*\bBREAK\b\s*", text)):
        if index > 0:
            made.append(Fragment("BREAK", is_break=True))
        made.append(Fragment(part))
    return made


def joined(made: list[Fragment]) -> list[Fragment]:
    merged: list[Fragment] = []
    for each in made:
        last = merged[-1] if merged else None
        if last and not last.is_break and not each.is_break and last.weight == each.weight:
            last.text += each.text
        else:
            merged.append(each)
    return [each for each in merged if each.text]


def chunks(prompt: str, tokenize: Callable[[str], list[int]]) -> list[Chunk]:
    """At most 75 tokens each, without begin, end or pad; at least one chunk, which may be empty."""
    done: list[Chunk] = []
    chunk, comma = Chunk(), -1

    def finish(kept: int) -> None:
        """Closes the chunk after `kept` tokens; the others begin the next one."""
        nonlocal chunk, comma
        done.append(Chunk(chunk.tokens[:kept], chunk.weights[:kept]))
        chunk, comma = Chunk(chunk.tokens[kept:], chunk.weights[kept:]), -1

    for fragment in fragments(prompt):
        if fragment.is_break:
            finish(len(chunk.tokens))
            continue
        for token in tokenize(fragment.text):
            full = len(chunk.tokens) == CHUNK
            if full and token != COMMA and comma >= 0 and CHUNK - comma <= BACKTRACK:
                finish(comma + 1)
            elif full:
                finish(CHUNK)
            if token == COMMA:
                comma = len(chunk.tokens)
            chunk.tokens.append(token)
            chunk.weights.append(fragment.weight)
    if chunk.tokens or not done:
        finish(len(chunk.tokens))
    return done
