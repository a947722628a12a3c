"""The peer on the GPU: one CFG evaluation of SDXL's UNet at 1024 pixels in diffusers, eager and compiled, random weights."""

import json
import statistics
import sys
import time

import torch
from diffusers import UNet2DConditionModel

from configs import UNET

def timed(evaluate, runs: int) -> tuple[float, list[float]]:
    times = []
    for _ in range(runs + 1):
        torch.cuda.synchronize()
        started = time.perf_counter()
        evaluate()
        torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - started))
    return times[0], times[1:]


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    torch.manual_seed(0)
    with torch.device("cuda"):
        unet = UNet2DConditionModel(**UNET).half().eval().to(memory_format=torch.channels_last)
        sample = torch.randn(2, 4, 128, 128, dtype=torch.float16).to(memory_format=torch.channels_last)
        context = torch.randn(2, 77, 2048, dtype=torch.float16)
        conditions = {
            "text_embeds": torch.randn(2, 1280, dtype=torch.float16),
            "time_ids": torch.tensor([[1024, 1024, 0, 0, 1024, 1024]] * 2, dtype=torch.float16),
        }
        timestep = torch.tensor(501)
    rows = []
    for name, network in (("eager", unet), ("compiled", torch.compile(unet, fullgraph=True))):
        try:
            with torch.inference_mode():
                first, steady = timed(
                    lambda: network(sample, timestep, context, added_cond_kwargs=conditions).sample, runs
                )
            rows.append(dict(peer=name, firstMs=first, steadyMs=statistics.median(steady), steady=steady))
            print(f"diffusers {name}, CFG evaluation: first {first:.0f} ms, then {statistics.median(steady):.1f} ms")
        except Exception as error:  # what the machine lacks is worth a line, not an end
            rows.append(dict(peer=name, failed=str(error).splitlines()[0]))
            print(f"diffusers {name}: FAILED: {error}")
    print(json.dumps(dict(bench="peer", torch=torch.__version__, gpu=torch.cuda.get_device_name(), rows=rows)))


main()
