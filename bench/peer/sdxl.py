"""diffusers' whole image-to-image pipeline on a single file, where no hub can be asked for its configs."""

import json
import sys
import tempfile
from pathlib import Path

import diffusers
import torch
from diffusers import StableDiffusionXLImg2ImgPipeline
from PIL import Image

from configs import CLIP_BIG_G, CLIP_L, SCHEDULER, UNET, VAE

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "models" / "goldens"))

from tokenizers_by_file import save_tokenizers  # noqa: E402

# As denoise/kinds.ts has them.
PROMPT = "a cat in the snow"
PHOTO = ROOT / "examples" / "cat.jpg"

LIBRARIES = dict(
    scheduler=("diffusers", "EulerDiscreteScheduler"),
    text_encoder=("transformers", "CLIPTextModel"),
    text_encoder_2=("transformers", "CLIPTextModelWithProjection"),
    tokenizer=("transformers", "CLIPTokenizer"),
    tokenizer_2=("transformers", "CLIPTokenizer"),
    unet=("diffusers", "UNet2DConditionModel"),
    vae=("diffusers", "AutoencoderKL"),
)
CONFIGS = dict(scheduler=SCHEDULER, text_encoder=CLIP_L, text_encoder_2=CLIP_BIG_G, unet=UNET, vae=VAE)


def open_pipeline(task: dict) -> StableDiffusionXLImg2ImgPipeline:
    """float32 on a processor, half precision on a GPU; the VAE then too."""
    torch.set_num_threads(task["threads"])
    precision = torch.float32 if task["device"] == "cpu" else torch.float16
    with tempfile.TemporaryDirectory() as folder:
        write_configs(Path(folder))
        pipeline = StableDiffusionXLImg2ImgPipeline.from_single_file(
            task["checkpoint"], config=folder, local_files_only=True, torch_dtype=precision
        )
    pipeline.set_progress_bar_config(disable=True)
    pipeline.vae.config.force_upcast = False
    return pipeline.to(task["device"])


def write_configs(folder: Path) -> None:
    for name, config in CONFIGS.items():
        (folder / name).mkdir()
        file = "scheduler_config.json" if name == "scheduler" else "config.json"
        (folder / name / file).write_text(json.dumps(dict(_class_name=LIBRARIES[name][1], **config)))
    index = dict(_class_name="StableDiffusionXLPipeline", force_zeros_for_empty_prompt=True, **LIBRARIES)
    (folder / "model_index.json").write_text(json.dumps(index))
    save_tokenizers(folder, ROOT / "models" / "tokenizers" / "clip" / "tokenizer.json")


def photo(side: int) -> Image.Image:
    """The middle of it, square."""
    whole = Image.open(PHOTO).convert("RGB")
    cut = min(whole.size)
    left, top = (whole.width - cut) // 2, (whole.height - cut) // 2
    return whole.resize((side, side), Image.LANCZOS, (left, top, left + cut, top + cut))


def settings(steps: int, evaluations: int, guidance: float) -> dict:
    """The last `evaluations` steps of a schedule; diffusers rounds their share down, so it gets a hair more."""
    return dict(
        prompt=PROMPT, num_inference_steps=steps, strength=min(1.0, evaluations / steps + 1e-6), guidance_scale=guidance
    )


def versions() -> dict[str, str]:
    return {"python": sys.version.split()[0], "torch": torch.__version__, "diffusers": diffusers.__version__}
