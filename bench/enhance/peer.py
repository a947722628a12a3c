"""The peer's side of bench `enhance`: transformers on the same weights, prompt and threads, in this process.

Takes one JSON argument (enhance-task.ts) and prints one JSON object as its last line.
"""

import json
import sys
import time
from pathlib import Path

import torch
import transformers
from transformers import Qwen2ForCausalLM

sys.path.insert(0, str(Path(__file__).parent.parent / "peer"))
from process_costs import memory  # noqa: E402


def main() -> None:
    task = json.loads(sys.argv[1])
    torch.set_num_threads(task["threads"])
    dtype = torch.float32 if task["device"] == "cpu" else torch.bfloat16
    started = time.perf_counter()
    model = Qwen2ForCausalLM.from_pretrained(task["folder"], dtype=dtype).to(task["device"]).eval()
    load = time.perf_counter() - started
    prompt = torch.tensor([task["prompt"]], device=task["device"])

    def write(count: int) -> list[int]:
        written = model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=count,
            min_new_tokens=count,
            do_sample=False,
            eos_token_id=None,
            pad_token_id=0,
        )
        # On its way to the processor a GPU's answer is waited for.
        return written[0, prompt.shape[1] :].tolist()

    def timed(count: int) -> float:
        started = time.perf_counter()
        write(count)
        return 1000 * (time.perf_counter() - started)

    with torch.inference_mode():
        ids = write(1 + task["tokens"])
        prompts, alls = [], []
        for _ in range(task["runs"]):
            prompts.append(timed(1))
            alls.append(timed(1 + task["tokens"]))
    versions = {
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    found = dict(loadMs=1000 * load, promptMs=prompts, allMs=alls, ids=ids, memory=memory(), versions=versions)
    print(json.dumps(found))


main()
