"""The peer's side of bench `cold-start`: opens diffusers' pipeline, makes one picture with one evaluation, and ends.

Takes one JSON argument (cold-start/cold-start-task.ts) and prints one JSON object as its last line.
"""

import json
import sys
import time

import torch

from process_costs import from_disk, memory
from sdxl import open_pipeline, photo, settings, versions


def now() -> float:
    """Milliseconds since 1970."""
    return 1000 * time.time()


def main() -> None:
    ready = now()
    before = from_disk()
    task = json.loads(sys.argv[1])
    pipeline = open_pipeline(task)
    loaded = now()
    side = task["side"]
    with torch.inference_mode():
        made = pipeline(image=photo(side), width=side, height=side, **settings(steps=15, evaluations=1, guidance=1.0))
    made.images[0].save(task["picture"])
    print(
        json.dumps(
            dict(
                readyAt=ready,
                loadedAt=loaded,
                pictureAt=now(),
                fromDisk=from_disk() - before,
                memory=memory(),
                versions=versions(),
            )
        )
    )


main()
