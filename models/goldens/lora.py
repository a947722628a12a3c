"""Records what diffusers makes of a checkpoint with LoRAs, for the TypeScript engine to be compared
with.

  lora.py
      the committed golden, lora.json and lora.safetensors, and lora-files.json, which says how the
      LoRA files are laid out
  lora.py --checkpoint FOLDER --cases IN.json --out OUT.json
      any diffusers folder, any cases, any LoRAs that lie beside IN.json

README.md beside this file describes cases and goldens; requirements.txt has the versions.
"""

import argparse
import tempfile
from pathlib import Path

import checkpoint
import diffusers
import torch
import transformers
from cases import image
from diffusers import StableDiffusionXLPipeline
from lora_files import write_descriptions, write_lora_files
from make import HERE, VOCABULARY, load
from record import read_cases, record, write_goldens


def main() -> None:
    options = parse_options()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for library in [diffusers, transformers]:
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    if options.checkpoint:
        record_folder(options)
    else:
        record_tiny()


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ["checkpoint", "cases", "out"]:
        parser.add_argument(f"--{name}", type=Path)
    options = parser.parse_args()
    if len({bool(each) for each in vars(options).values()}) > 1:
        parser.error("--checkpoint, --cases and --out go together")
    return options


def record_folder(options: argparse.Namespace) -> None:
    pipe = load(options.checkpoint)
    cases, given = read_cases(options.cases)
    folder = options.cases.parent
    answers = record(cases, given, lambda case: adapted(pipe, case, folder))
    write_goldens(options.out, *answers)


def record_tiny() -> None:
    write_descriptions(HERE / "lora-files.json")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint.write_folder(folder / "tiny-folder", False, VOCABULARY)
        write_lora_files(folder)
        pipe = load(folder / "tiny-folder")
        answers = record(lora_cases(), {}, lambda case: adapted(pipe, case, folder))
    write_goldens(HERE / "lora.json", *answers)


def lora_cases() -> list[dict]:
    def case(name: str, *loras: tuple[str, float], **fields) -> dict:
        asked = [{"file": file, "strength": strength} for file, strength in loras]
        made = image(name, steps=4, **fields)
        return {**made, "checkpoint": "tiny-folder", "loras": asked}

    return [
        case("txt2img-kohya", ("tiny-kohya", 1)),
        case("txt2img-kohya-half", ("tiny-kohya", 0.5)),
        case("txt2img-kohya-opposite", ("tiny-kohya", -0.7)),
        case("txt2img-peft", ("tiny-peft", 1)),
        case("txt2img-old", ("tiny-old", 0.6)),
        case("txt2img-conv", ("tiny-conv", 1), width=72, height=88),
        case("txt2img-text", ("tiny-text", 1)),
        case("txt2img-two", ("tiny-kohya", 0.8), ("tiny-peft", -0.4)),
        case("img2img-all", ("tiny-text", 0.7), ("tiny-conv", 0.5), ("tiny-kohya", 0.3)),
    ]


def adapted(
    pipe: StableDiffusionXLPipeline, case: dict, folder: Path
) -> StableDiffusionXLPipeline:
    """The pipeline with a case's LoRAs, and without those of the case before."""
    pipe.unload_lora_weights()
    loras = case.get("loras", [])
    names = [f"lora_{index}" for index, _ in enumerate(loras)]
    for name, lora in zip(names, loras, strict=True):
        pipe.load_lora_weights(folder / f"{lora['file']}.safetensors", adapter_name=name)
    if names:
        pipe.set_adapters(names, [lora["strength"] for lora in loras])
    return pipe


if __name__ == "__main__":
    main()
