"""Records what diffusers makes of a checkpoint, for the TypeScript engine to be compared with.

  make.py layout
      how the tiny checkpoints are laid out, and their digests
  make.py record
      the committed golden, tiny.json and tiny.safetensors
  make.py record --checkpoint FOLDER --cases IN.json --out OUT.json
      any diffusers folder, any cases

README.md beside this file describes cases and goldens; requirements.txt has the versions.
"""

import argparse
import tempfile
import time
from pathlib import Path

import diffusers
import torch
import transformers
from diffusers import StableDiffusionXLPipeline

import checkpoint
from cases import tiny_cases
from record import PipelineOf, read_cases, record, write_goldens
from tokenizers_by_file import PADS, clip_tokenizer

HERE = Path(__file__).parent
VOCABULARY = HERE.parent / "tokenizers" / "clip" / "tokenizer.json"


def main() -> None:
    options = parse_options()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for library in [diffusers, transformers]:
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    started = time.monotonic()
    if options.command == "layout":
        record_layout(options)
    elif options.checkpoint:
        record_folder(options)
    else:
        record_tiny(options)
    print(f"{options.out or HERE}: {time.monotonic() - started:.0f} s")


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["record", "layout"], help="what to make")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FOLDER",
        help="a diffusers folder of an SDXL (default: the tiny ones)",
    )
    parser.add_argument(
        "--cases",
        type=Path,
        metavar="IN.json",
        help="cases to answer (with --checkpoint; README.md has the format)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="OUT.json",
        help="the golden; OUT.safetensors goes beside it (default: tiny.json here)",
    )
    parser.add_argument(
        "--variant",
        metavar="NAME",
        help="which files of FOLDER, such as fp16; computation is float32 all the same",
    )
    parser.add_argument(
        "--vocabulary",
        type=Path,
        metavar="FILE",
        default=VOCABULARY,
        help="CLIP's tokenizer.json, for folders without tokenizers (default: %(default)s)",
    )
    options = parser.parse_args()
    if bool(options.checkpoint) != bool(options.cases) or (options.checkpoint and not options.out):
        parser.error("--checkpoint, --cases and --out go together")
    if not options.vocabulary.is_file():
        parser.error(f"no vocabulary at {options.vocabulary}; name one with --vocabulary")
    return options


def record_layout(options: argparse.Namespace) -> None:
    """Writes layout.json and checkpoints.json, after the proof that diffusers reads all layouts
    alike.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        checkpoint.write_all(root, options.vocabulary)
        checkpoint.prove(root)
        checkpoint.write_json(HERE / "checkpoints.json", checkpoint.digests(root))
    checkpoint.write_layout(HERE / "layout.json")


def record_tiny(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        checkpoint.write_all(root, options.vocabulary)
        write_goldens(
            options.out or HERE / "tiny.json", *record(tiny_cases(), {}, tiny_pipelines(root))
        )


def tiny_pipelines(root: Path) -> PipelineOf:
    """The pipeline of the variant that a case names, loaded once."""
    loaded: dict[str, StableDiffusionXLPipeline] = {}

    def pipeline_of(case: dict) -> StableDiffusionXLPipeline:
        name = case.setdefault("checkpoint", "tiny-folder")
        if name not in loaded:
            single = root / f"{name}.safetensors"
            folder = root / "tiny-folder"
            loaded[name] = (
                checkpoint.load_single_file(single, folder)
                if single.exists()
                else load(root / name)
            )
        return loaded[name]

    return pipeline_of


def record_folder(options: argparse.Namespace) -> None:
    pipe = load(options.checkpoint, options.variant, options.vocabulary)
    cases, given = read_cases(options.cases)
    cases = [{k: v for k, v in case.items() if k != "checkpoint"} for case in cases]
    write_goldens(options.out, *record(cases, given, lambda _case: pipe))


def load(
    folder: Path, variant: str | None = None, vocabulary: Path = VOCABULARY
) -> StableDiffusionXLPipeline:
    """A folder's pipeline in float32; a folder without tokenizers gets the published ones."""
    missing = {
        name: clip_tokenizer(vocabulary, pad)
        for name, pad in PADS.items()
        if not (folder / name).exists()
    }
    return StableDiffusionXLPipeline.from_pretrained(
        folder,
        variant=variant,
        dtype=torch.float32,
        add_watermarker=False,
        local_files_only=True,
        **missing,
    )


if __name__ == "__main__":
    main()
