"""The peer's side of bench `denoise`: diffusers' whole pipeline on the same photograph, prompt and number of evaluations.

Takes one JSON argument (denoise/denoise-task.ts) and prints one JSON object as its last line.
"""

import json
import sys
import time

import torch

from process_costs import memory
from sdxl import open_pipeline, photo, settings, versions

# As denoise/kinds.ts has them: steps of the schedule, evaluations, guidance.
KINDS = dict(modify=(25, 12, 7.5), copy=(15, 1, 1.0), turbo=(4, 4, 1.0))


def main() -> None:
    task = json.loads(sys.argv[1])
    steps, evaluations, guidance = KINDS[task["kind"]]
    started = time.perf_counter()
    pipeline = open_pipeline(task)
    load = since(started)
    picture = photo(task["side"])

    evaluations_ms = []
    watch(pipeline.unet, evaluations_ms, on_gpu=task["device"] != "cpu")

    def run(steps: int, evaluations: int) -> dict:
        evaluations_ms.clear()
        started = time.perf_counter()
        with torch.inference_mode():
            pipeline(image=picture, width=task["side"], height=task["side"], **settings(steps, evaluations, guidance))
        return dict(totalMs=since(started), evaluationsMs=list(evaluations_ms))

    first = run(1, 1)["totalMs"]
    runs = [run(steps, evaluations) for _ in range(task["runs"])]
    found = dict(
        evaluations=evaluations,
        guided=guidance > 1,
        loadMs=load,
        firstMs=first,
        runs=runs,
        memory=memory(),
        versions=versions(),
    )
    if task["device"] != "cpu":
        free, total = torch.cuda.mem_get_info()
        found["gpuMb"] = round((total - free) / 2**20)
    print(json.dumps(found))


def watch(network: torch.nn.Module, times: list[float], on_gpu: bool) -> None:
    """Keeps how long each of its evaluations took; the negative prompt is a second sample in it."""
    begun = []

    def moment() -> float:
        if on_gpu:
            torch.cuda.synchronize()
        return time.perf_counter()

    network.register_forward_pre_hook(lambda *_: begun.append(moment()))
    network.register_forward_hook(lambda *_: times.append(1000 * (moment() - begun.pop())))


def since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


main()
