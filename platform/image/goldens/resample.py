"""Records what Pillow makes of a picture that both sides can compute: python resample.py > resample.json

Pillow 12.0.0: every release up to it resamples horizontally first; 13 sometimes turns the two passes
around, which moves some bytes by one. The picture is noise, the hardest case for a resampler: byte i is the top byte of
i * 2654435761 mod 2^32 (Knuth's multiplicative hash). A result is kept as its SHA-256.
"""

import hashlib
import json

from PIL import Image, ImageOps


def noise(width, height):
    data = bytes(((i * 2654435761) % 2**32) >> 24 for i in range(width * height * 3))
    return Image.frombytes("RGB", (width, height), data)


def contain(image, size):
    inner = ImageOps.contain(image, size, Image.LANCZOS)
    outer = Image.new("RGB", size, "white")
    outer.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
    return outer


modes = {
    "stretch": lambda image, size: image.resize(size, Image.LANCZOS),
    "cover": lambda image, size: ImageOps.fit(image, size, Image.LANCZOS),
    "contain": contain,
}
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
        "sha256": hashlib.sha256(make(noise(*source), target).tobytes()).hexdigest(),
    }
    for source, target in sizes
    for mode, make in modes.items()
]
print("[\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "\n]")
