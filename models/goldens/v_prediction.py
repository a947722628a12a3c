"""Records what diffusers makes of a checkpoint on v-prediction and zero terminal SNR, as NoobAI's are.
Writes v-prediction.json and v-prediction.safetensors, in the format of README.md beside this file;
requirements.txt has the versions.
"""

import json
import tempfile
from pathlib import Path

import diffusers
import torch
import transformers

import checkpoint
from cases import image
from make import HERE, VOCABULARY, load
from record import record, write_goldens

NOISE = {
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
}


def main() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for library in [diffusers, transformers]:
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "tiny-folder")
        checkpoint.write_folder(folder, False, VOCABULARY)
        config = folder / "scheduler" / "scheduler_config.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), **NOISE}))
        pipe = load(folder)
        write_goldens(HERE / "v-prediction.json", *record(pictures(), {}, lambda _case: pipe))


def pictures() -> list[dict]:
    schedulers = ["euler", "euler_ancestral", "dpmpp_2m", "ddim"]
    made = [image(f"txt2img-v-{each}", scheduler=each) for each in schedulers]
    return made + [image(f"img2img-v-{each}", scheduler=each) for each in schedulers]


if __name__ == "__main__":
    main()
