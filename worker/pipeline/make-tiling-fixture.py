"""Runs the tiny VAE in diffusers' tiles and records what comes out, in tiling-fixture.json.

Pinned: diffusers 0.42.1, torch 2.13.0. Run:
  python worker/pipeline/make-tiling-fixture.py
  npx biome format --write worker/pipeline/tiling-fixture.json
"""

import base64
import json
import pathlib
import sys

import torch
from diffusers import AutoencoderKL

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "models" / "goldens"))

from checkpoint import folder_tensors, single_file_tensors  # noqa: E402
from configs import VAE  # noqa: E402

torch.set_num_threads(1)

# Latents: a side of a tile, and of a picture of two by two tiles.
TILE = 8
SIDE = 14
# Its last tile, of SIDE - 2 * 6 latents, is a remnant: what it touches is left out.
KEPT = 12
# Rows of pixels around the blended ones, [48, 64): all that is kept of the decoded picture.
ROWS = (44, 68)


def by_rule(*shape):
    """Numbers in [-1, 1] that any language makes alike."""
    count = torch.tensor(shape).prod().item()
    values = [(i * 7919 % 1009) / 504 - 1 for i in range(count)]
    return torch.tensor(values, dtype=torch.float64).float().reshape(shape)


def recorded(tensor):
    data = tensor.contiguous().numpy().astype("<f4").tobytes()
    return {"shape": list(tensor.shape), "float32": base64.b64encode(data).decode()}


vae = AutoencoderKL.from_config(VAE)
vae.load_state_dict(folder_tensors(single_file_tensors())["vae"])
vae.eval()
vae.enable_tiling()
vae.tile_latent_min_size = TILE
vae.tile_sample_min_size = TILE * 8
with torch.no_grad():
    moments = vae.encode(by_rule(1, 3, SIDE * 8, SIDE * 8)).latent_dist.parameters[0]
    decoded = vae.decode(by_rule(1, 4, SIDE, SIDE)).sample[0]

out = {
    "tile": TILE,
    "side": SIDE,
    "kept": KEPT,
    "rows": ROWS,
    "moments": recorded(moments[:, :KEPT, :KEPT]),
    "decoded": recorded(decoded[:, ROWS[0] : ROWS[1], : KEPT * 8]),
}
(HERE / "tiling-fixture.json").write_text(json.dumps(out) + "\n")
