"""The peer's side of benches `peer` and `vae`: diffusers on the same weights, inputs and threads, in this process.

Takes one JSON argument (peer-task.ts) and prints one JSON object as its last line. Weights are read in small groups, each
brought to float32 and its part of the file unmapped again, so that the peer's peak memory is its network and little more:
`from_single_file` would hold the whole file beside it.
"""

import json
import sys
import time

import diffusers
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from safetensors import safe_open
from safetensors.torch import load_file

from configs import UNET, VAE
from process_costs import memory

TENSORS_AT_A_TIME = 32


def main() -> None:
    task = json.loads(sys.argv[1])
    torch.set_num_threads(task["threads"])
    with torch.inference_mode():
        started = time.perf_counter()
        network = load_unet(task) if task["subject"] == "unet" else load_vae(task)
        network.to(task["device"], getattr(torch, task["precision"]))
        load = time.perf_counter() - started
        evaluate = evaluation(task["subject"], network, inputs(task))
        times = []
        for _ in range(task["evaluations"] + 1):
            started = time.perf_counter()
            # On its way to the processor a GPU's answer is waited for.
            output = evaluate().float().cpu()
            times.append(1000 * (time.perf_counter() - started))
    output.contiguous().numpy().tofile(task["output"])
    versions = {"python": sys.version.split()[0], "torch": torch.__version__, "diffusers": diffusers.__version__}
    found = dict(
        weights=None, loadMs=1000 * load, warmUpMs=times[0], evaluationsMs=times[1:], memory=memory(), versions=versions
    )
    print(json.dumps(found))


def load_unet(task: dict) -> torch.nn.Module:
    with torch.device("meta"):
        network = UNet2DConditionModel(**UNET)
    state = read(task["checkpoint"], "model.diffusion_model.")
    network.load_state_dict(convert_ldm_unet_checkpoint(state, dict(network.config)), assign=True)
    return network.eval()


def load_vae(task: dict) -> torch.nn.Module:
    with torch.device("meta"):
        network = AutoencoderKL(**VAE)
    state = read(task["checkpoint"], "first_stage_model.")
    network.load_state_dict(convert_ldm_vae_checkpoint(state, dict(network.config)), assign=True)
    if "tile" in task:
        network.enable_tiling()
        network.tile_latent_min_size = task["tile"]
        network.tile_sample_min_size = 8 * task["tile"]
    return network.eval()


def inputs(task: dict) -> dict[str, torch.Tensor]:
    """Not the timestep: half precision would round it."""
    tensors = load_file(task["inputs"])
    precision = getattr(torch, task["precision"])
    return {name: tensor.to(task["device"], None if name == "timestep" else precision) for name, tensor in tensors.items()}


def read(path: str, prefix: str) -> dict[str, torch.Tensor]:
    with safe_open(path, framework="pt") as file:
        names = [name for name in file.keys() if name.startswith(prefix)]
    state = {}
    for first in range(0, len(names), TENSORS_AT_A_TIME):
        with safe_open(path, framework="pt") as file:
            for name in names[first : first + TENSORS_AT_A_TIME]:
                state[name] = file.get_tensor(name).float()
    return state


def evaluation(subject: str, network: torch.nn.Module, inputs: dict[str, torch.Tensor]):
    if subject == "vae-encoder":
        return lambda: network.encode(inputs["image"]).latent_dist.parameters
    if subject == "vae-decoder":
        return lambda: network.decode(inputs["latents"]).sample
    conditions = {"text_embeds": inputs["pooled"], "time_ids": inputs["time_ids"]}
    return lambda: network(
        inputs["sample"], inputs["timestep"], inputs["context"], added_cond_kwargs=conditions
    ).sample


main()
