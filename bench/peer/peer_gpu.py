"""The peer on the GPU: diffusers with SDXL's networks of random weights, eager, channels last and compiled.

What bench `gpu` times of ours is timed of it: a guided evaluation (one batch of two, where ours runs twice), the VAE's
halves, and whole pictures, MODIFY (12 guided evaluations) and COPY (one, unguided), text encoders included. Says each row
as it comes, as one line of JSON, to the file descriptor that ROWS_FD names, else to standard output.
"""

import argparse
import json
import os
import statistics
import sys
import time
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec

try:
    import requests  # noqa: F401
except ImportError:
    # Diffusers' pipelines import it, and call it for downloads alone: a bare machine need not have it.
    sys.modules["requests"] = module_from_spec(ModuleSpec("requests", None))

import diffusers
import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from configs import UNET, VAE

SMALL_UNET = dict(
    UNET,
    addition_time_embed_dim=8,
    attention_head_dim=[1, 2, 4],
    block_out_channels=[32, 64, 128],
    cross_attention_dim=64,
    layers_per_block=1,
    projection_class_embeddings_input_dim=80,
    transformer_layers_per_block=[1, 1, 1],
)
SMALL_VAE = dict(VAE, block_out_channels=[32, 32, 32, 32], layers_per_block=1)

TEXT = dict(hidden_act="quick_gelu", hidden_size=768, intermediate_size=3072, num_attention_heads=12, num_hidden_layers=12)
TEXT_2 = dict(hidden_act="gelu", hidden_size=1280, intermediate_size=5120, num_attention_heads=20, num_hidden_layers=32)
SMALL_TEXT = dict(hidden_size=32, intermediate_size=64, num_attention_heads=4, num_hidden_layers=3)

SCHEDULER = dict(
    beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, timestep_spacing="leading"
)

TOKENS = 77


class Bench:
    def __init__(self, device: str, small: bool):
        self.device = device
        self.small = small
        self.side = 64 if small else 1024
        self.runs = 1 if small else 8
        # A CPU only pretends to compute in half precision.
        self.half = torch.float32 if device == "cpu" else torch.float16
        self.networks = {}
        self.compiled = {}
        torch.manual_seed(0)

    def steps(self, stage: str) -> dict:
        if stage == "eager":
            return {
                "ceilings": self.ceilings,
                "eager: unet": lambda: self.evaluate("eager"),
                "eager: pictures": lambda: self.pictures("eager"),
                "eager: vae": lambda: self.vae("eager"),
                "channels last: unet": lambda: self.evaluate("channels last"),
                "channels last: vae": lambda: self.vae("channels last"),
                "channels last: pictures": lambda: self.pictures("channels last"),
            }
        return {
            "compiled: unet": lambda: self.evaluate("compiled"),
            "compiled: vae": lambda: self.vae("compiled"),
            "compiled: pictures": lambda: self.pictures("compiled"),
            "CUDA graphs: unet": lambda: self.evaluate("CUDA graphs"),
        }

    def ceilings(self) -> None:
        """What the card itself reaches on a matrix product and a copy: the two numbers that all others are held to."""
        size = 64 if self.small else 8192
        a, b = (self.random(size, size) for _ in range(2))
        product = self.timed(lambda: a @ b)["steadyMs"]
        source = torch.empty(2**16 if self.small else 2**31, dtype=torch.uint8, device=self.device)
        target = torch.empty_like(source)
        copy = self.timed(lambda: target.copy_(source))["steadyMs"]
        rate = dict(teraflops=2e-9 * size**3 / product, copyGbPerSecond=2e-6 * source.numel() / copy)
        versions = dict(torch=torch.__version__, cuda=torch.version.cuda, diffusers=diffusers.__version__)
        say(row=dict(what="ceilings", **rate, **versions, cudnn=torch.backends.cudnn.version()))

    def evaluate(self, way: str) -> None:
        """Called just as the pipeline calls it: what was compiled here serves there."""
        unet = self.unet(way)
        sample = self.latents(2, way)
        timestep = torch.tensor(501.0, device=self.device)
        context = self.random(2, TOKENS, self.configs()["unet"]["cross_attention_dim"])
        conditions = {"text_embeds": self.random(2, self.pooled()), "time_ids": self.sizes(2)}
        settings = dict(timestep_cond=None, cross_attention_kwargs=None, added_cond_kwargs=conditions, return_dict=False)
        times = self.timed(lambda: unet(sample, timestep, encoder_hidden_states=context, **settings)[0])
        say(row=dict(what=f"guided evaluation, {way}", batch=2, **times))

    def vae(self, way: str) -> None:
        for name, dtype in (("float16", self.half), ("float32", torch.float32)):
            # Compiling takes longer than it is worth, where nobody would use the result.
            if way == "compiled" and name == "float32":
                continue
            vae = self.autoencoder(dtype, way)
            latents = self.latents(1, way).to(dtype)
            image = self.random(1, 3, self.side, self.side).tanh().to(dtype)
            say(row=dict(what=f"decode, {name}, {way}", **self.timed(lambda: vae.decode(latents, return_dict=False)[0])))
            say(row=dict(what=f"encode, {name}, {way}", **self.timed(lambda: vae.encode(image).latent_dist.mean)))

    def pictures(self, way: str) -> None:
        # Here, where its many imports can fail nothing else.
        from diffusers import StableDiffusionXLImg2ImgPipeline

        pipeline = StableDiffusionXLImg2ImgPipeline(
            vae=self.autoencoder(self.half, way),
            text_encoder=None,
            text_encoder_2=None,
            tokenizer=None,
            tokenizer_2=None,
            unet=self.unet(way),
            scheduler=EulerDiscreteScheduler(**SCHEDULER),
            add_watermarker=False,
        )
        pipeline.set_progress_bar_config(disable=True)
        image = torch.rand(1, 3, self.side, self.side, device=self.device)
        runs = {"MODIFY": dict(num_inference_steps=25, strength=0.5, guidance_scale=7.5)}
        # 0.05 of 15 steps is none in diffusers; of 20 it is the one evaluation that ours runs.
        runs["COPY"] = dict(num_inference_steps=20, strength=0.05, guidance_scale=1.0)
        for name, settings in runs.items():
            times = self.timed(lambda: pipeline(image=image, **self.prompts(settings), **settings), most=4)
            say(row=dict(what=f"{name}, {way}", evaluations=pipeline.num_timesteps, **times))

    def prompts(self, settings: dict) -> dict:
        """What the pipeline makes of a prompt, and of a negative one where there is guidance."""
        texts = ["prompt", "negative_prompt"] if settings["guidance_scale"] > 1 else ["prompt"]
        ids = torch.randint(1, 500, (1, TOKENS), device=self.device)
        made = {}
        for text in texts:
            states = [encoder(ids, output_hidden_states=True) for encoder in self.text_encoders()]
            made[f"{text}_embeds"] = torch.cat([state.hidden_states[-2] for state in states], dim=-1)
            pooled = "pooled_prompt_embeds" if text == "prompt" else "negative_pooled_prompt_embeds"
            made[pooled] = states[1].text_embeds
        return made

    def unet(self, way: str):
        unet = self.once("unet", lambda: UNet2DConditionModel(**self.configs()["unet"]), self.half)
        unet.to(memory_format=torch.contiguous_format if way == "eager" else torch.channels_last)
        return self.maybe_compiled("unet", unet, way)

    def autoencoder(self, dtype: torch.dtype, way: str) -> AutoencoderKL:
        """One that stays in the precision it is given, rather than go to float32 by itself."""
        make = lambda: AutoencoderKL(**self.configs()["vae"], force_upcast=False)
        vae = self.once(f"vae {dtype}", make, dtype)
        vae.to(memory_format=torch.contiguous_format if way == "eager" else torch.channels_last)
        vae.decode = self.maybe_compiled("decode", vae.decode, way)
        vae.encode = self.maybe_compiled("encode", vae.encode, way)
        return vae

    def maybe_compiled(self, name: str, module, way: str):
        """As diffusers' own guide to speed does it, but for the search among kernels, which takes many minutes."""
        if way not in ("compiled", "CUDA graphs"):
            return module
        key = f"{name} {way}"
        if key not in self.compiled:
            mode = "reduce-overhead" if way == "CUDA graphs" else "default"
            how = dict(backend="eager") if self.device == "cpu" else dict(mode=mode)
            self.compiled[key] = torch.compile(module, fullgraph=True, dynamic=False, **how)
        return self.compiled[key]

    def text_encoders(self) -> list:
        small = SMALL_TEXT if self.small else {}
        first = CLIPTextConfig(**TEXT | small, projection_dim=768)
        second = CLIPTextConfig(**TEXT_2 | small, projection_dim=self.pooled())
        return [
            self.once("text encoder", lambda: CLIPTextModel(first), self.half),
            self.once("text encoder 2", lambda: CLIPTextModelWithProjection(second), self.half),
        ]

    def once(self, name: str, make, dtype: torch.dtype):
        """Made in its own precision on the device: twice the memory for a moment is too much for smaller cards."""
        if name not in self.networks:
            usual = torch.get_default_dtype()
            torch.set_default_dtype(dtype)
            try:
                with torch.device(self.device):
                    self.networks[name] = make().to(dtype).eval()
            finally:
                torch.set_default_dtype(usual)
        return self.networks[name]

    def configs(self) -> dict:
        return dict(unet=SMALL_UNET, vae=SMALL_VAE) if self.small else dict(unet=UNET, vae=VAE)

    def pooled(self) -> int:
        """Width beside six embedded numbers of size."""
        config = self.configs()["unet"]
        return config["projection_class_embeddings_input_dim"] - 6 * config["addition_time_embed_dim"]

    def sizes(self, batch: int) -> torch.Tensor:
        return torch.tensor([[self.side, self.side, 0, 0, self.side, self.side]] * batch, device=self.device).to(self.half)

    def latents(self, batch: int, way: str) -> torch.Tensor:
        """In the layout in which the VAE gives them."""
        made = self.random(batch, 4, self.side // 8, self.side // 8)
        return made if way == "eager" else made.to(memory_format=torch.channels_last)

    def random(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, device=self.device, dtype=self.half)

    def timed(self, run, most: int = 100) -> dict:
        times = []
        for _ in range(min(self.runs, most) + 1):
            self.wait()
            started = time.perf_counter()
            run()
            self.wait()
            times.append(1000 * (time.perf_counter() - started))
        memory = torch.cuda.max_memory_allocated() / 2**20 if self.device == "cuda" else None
        first, *steady = times
        middle = statistics.median(steady)
        return dict(firstMs=first, steadyMs=middle, leastMs=min(steady), steady=steady, torchPeakMb=memory)

    def wait(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()


def say(**line) -> None:
    os.write(int(os.environ.get("ROWS_FD", 1)), (json.dumps(line) + "\n").encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--stage", choices=["eager", "compiled"], default="eager")
    parser.add_argument("--small", action="store_true", help="tiny networks, to try this script itself")
    parser.add_argument("--skip", type=json.loads, default=[], help="a JSON list of steps not to take")
    asked = parser.parse_args()
    if asked.device == "cpu":
        torch.set_num_threads(1)
    bench = Bench(asked.device, asked.small)
    with torch.no_grad():
        for name, step in bench.steps(asked.stage).items():
            if name in asked.skip:
                continue
            say(step=name)
            try:
                step()
            except Exception as error:
                # What the machine lacks is worth a row, not the end.
                say(row=dict(what=name, failed=f"{type(error).__name__}: {error}"[:600]))
                if isinstance(error, torch.OutOfMemoryError) or "CUDA error" in str(error):
                    raise SystemExit(1) from error
    say(done=True)


main()
