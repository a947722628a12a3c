"""Records what Pillow makes of a picture that both sides can compute: python resample.py > resample.json

Pillow 12.0.0: every release up to it resamples horizontally first; 13 sometimes turns the two passes
around, which moves some bytes by one. The picture is noise, the hardest case for a resampler: byte i is the top byte of
i * 2654435761 mod 2^32 (Knuth's multiplicative hash). A result is kept as its SHA-256. The cases without a filter are
Lanczos, as what is drawn from is resized; linear and cubic are how classifiers see pictures.
"""

import hashlib
import json

from PIL import Image, ImageOps


def noise(width, height):
    data = bytes(((i * 2654435761) % 2**32) >> 24 for i in range(width * height * 3))
    return Image.frombytes("RGB", (width, height), data)


def contain(image, size, filter):
    inner = ImageOps.contain(image, size, filter)
    outer = Image.new("RGB", size, "white")
    outer.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
    return outer


modes = {
    "stretch": lambda image, size, filter: image.resize(size, filter),
    "cover": lambda image, size, filter: ImageOps.fit(image, size, filter),
    "contain": contain,
}
filters = {None: Image.LANCZOS, "linear": Image.BILINEAR, "cubic": Image.BICUBIC}
sizes = [
    ((45, 30), (64, 64)),
    ((45, 30), (152, 104)),
    ((301, 200), (64, 64)),
    ((300, 451), (96, 40)),
    ((1, 1), (8, 8)),
    ((20, 90), (64, 8)),
    ((640, 30), (16, 24)),
    ((97, 64), (97, 48)),
    ((64, 97), (40, 97)),
    ((511, 333), (104, 72)),
]

cases = [
    {
        "from": source,
        "to": target,
        "mode": mode,
        **({} if name is None else {"filter": name}),
        "sha256": hashlib.sha256(make(noise(*source), target, filter).tobytes()).hexdigest(),
    }
    for name, filter in filters.items()
    for source, target in sizes
    for mode, make in modes.items()
]
print("[\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "\n]")
