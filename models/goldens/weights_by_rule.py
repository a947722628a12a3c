"""Weights made from nothing but their names, so that every language can rebuild the same
checkpoint.

The rule (sdxl_spec.md, appendix A) for the tensor that an SDXL single file calls `key`: FNV-1a-32
of `key` seeds MT19937; element i is v = 2u - 1 where u is the low 24 bits of its i-th output over
2^24. Weights of two or more dimensions are v * sqrt(3 / fan_in), so that every layer keeps the
variance of its input; norms lie about 1, biases about 0.
"""

import math

import numpy


def fnv1a(text: str) -> int:
    """FNV-1a, 32 bits, of the UTF-8 bytes of `text`."""
    digest = 0x811C9DC5
    for byte in text.encode():
        digest = (digest ^ byte) * 0x01000193 & 0xFFFFFFFF
    return digest


def weight_by_rule(key: str, shape: list[int]) -> numpy.ndarray:
    """The float32 tensor called `key` in an SDXL single file; computed in double, rounded once."""
    engine = numpy.random.MT19937()
    engine._legacy_seeding(fnv1a(key))  # init_genrand; the public constructor hashes its seed first
    words = engine.random_raw(math.prod(shape))
    v = 2 * ((words & 0xFFFFFF) / 2.0**24) - 1
    if len(shape) >= 2:
        values = v * math.sqrt(3 / math.prod(shape[1:]))
    elif key.endswith(".weight"):
        values = 1 + 0.2 * v
    else:
        values = 0.1 * v
    return values.astype(numpy.float32).reshape(shape)
