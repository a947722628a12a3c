"""The cases that the committed golden records, small in pixels and wide in what they ask for."""

PHOTO = "a photo of an astronaut riding a horse on mars, best quality, 4k"
UGLY = "blurry, lowres, bad anatomy"
LONG = (
    "a sprawling harbour town at dusk seen from a hill, lanterns along the quay, fishing boats with red sails, "
    "a lighthouse on the far rocks, gulls above the market square, wet cobblestones that mirror the sky, "
    "narrow houses in ochre and blue, laundry between balconies, an old woman selling oranges, children chasing a dog, "
    "distant mountains under snow, a thin moon, oil on canvas, thick brush strokes, warm light, deep shadows, "
    "highly detailed, award winning, museum quality, painted in 1889"
)
LONG_NEGATIVE = ", ".join(
    [
        "cartoon",
        "flat colours",
        "watermark",
        "signature",
        "text",
        "cropped",
        "out of frame",
        "extra fingers",
    ]
    * 6
)
GUIDANCE = {"lcm": 1.5}
SCHEDULERS = ["euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_karras", "ddim", "lcm"]

# Prompt and negative prompt by what they exercise.
A1111 = {
    "weights": ("a (red:1.4) fox in the [deep] snow, (sharp focus)", UGLY),
    "nested": (
        "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
        "(worst quality:1.4), \\(text\\)",
    ),
    "break": ("a castle BREAK on a cliff (in the mist BREAK at dawn:1.2)", ""),
    "long": (f"(masterpiece:1.2), {LONG}", UGLY),
    "long-both": (LONG.replace("lanterns", "(lanterns:1.3)"), f"[{LONG_NEGATIVE}]"),
    "unbalanced": ("a [fox in (deep snow, dusk: 6 pm", None),
}
COMPEL = {
    "plus": ("a cat++ on a mat+, sunlight", UGLY),
    "phrase": ("a portrait of (an old sailor)1.3 with (blue eyes)0.7", UGLY),
    "minus": ("a dog-- in the rain- at night", ""),
    "nested": ("a (big (blue++ whale)1.2)0.8 in the (sea)-", None),
    "and": ('("a red fox+", "deep snow at dusk").and()', UGLY),
    "and-weighted": ('("a red fox", "deep snow at dusk").and(1, 0.5)', None),
    "blend": ('("a red cat", "a blue dog++").blend(0.7, 0.3)', "ugly+, (blurry)1.2"),
    "plain": ("a cat on a mat, sunlight", UGLY),
}


def tiny_cases() -> list[dict]:
    cases = [
        *texts(),
        *unets(),
        *vaes(),
        *schedules(),
        *text_to_image(),
        *image_to_image(),
        *weighted(),
    ]
    for precision in ["f16", "bf16"]:
        cases += of_precision(precision)
    return cases


def texts() -> list[dict]:
    masks = {"masked": [*range(2, 4)], "masked-padding": [*range(17, 77)]}
    made = []
    for kind in ["text_encoder", "text_encoder_2"]:
        prompts = {
            "prompt": PHOTO,
            "empty": "",
            "full": LONG,
            "unicode": "Don't stop! café  naïve\n日本語 🙂",
        }
        made += [{"name": f"{kind}-{k}", "kind": kind, "text": v} for k, v in prompts.items()]
        for name, hidden in masks.items():
            mask = [0 if position in hidden else 1 for position in range(77)]
            made.append({"name": f"{kind}-{name}", "kind": kind, "text": PHOTO, "mask": mask})
    return made


def unets() -> list[dict]:
    sizes = [(64, 64, 77, 501), (72, 104, 77, 1), (88, 72, 77, 999), (128, 96, 154, 931.990173)]
    return [
        {
            "name": f"unet-{w}x{h}",
            "kind": "unet",
            "width": w,
            "height": h,
            "tokens": tokens,
            "timestep": t,
        }
        | {"input_seed": index}
        for index, (w, h, tokens, t) in enumerate(sizes)
    ]


def vaes() -> list[dict]:
    sizes = [(64, 64), (72, 104), (88, 72)]
    return [
        {"name": f"{kind}-{w}x{h}", "kind": kind, "width": w, "height": h, "input_seed": 10}
        for kind in ["vae_encoder", "vae_decoder"]
        for w, h in sizes
    ]


def schedules() -> list[dict]:
    counts = {name: [1, 4, 15, 20, 25, 50, 150] for name in SCHEDULERS} | {"lcm": [1, 4, 8, 25, 50]}
    return [
        {
            "name": f"schedule-{scheduler}-{steps}",
            "kind": "noise_schedule",
            "scheduler": scheduler,
            "steps": steps,
        }
        for scheduler in SCHEDULERS
        for steps in counts[scheduler]
    ]


def image(name: str, width: int = 64, height: int = 64, **fields) -> dict:
    """An image case with the prompt, the sizes and what differs; img2img cases of one size share
    one reference.
    """
    case = {
        "name": name,
        "kind": "image",
        "mode": name.split("-")[0],
        "prompt": PHOTO,
        "negative_prompt": UGLY,
    }
    case |= {"width": width, "height": height, "steps": 8, "seed": 7}
    if case["mode"] == "img2img":
        case |= {"denoise": 0.5, "reference": f"photo-{width}x{height}"}
    return case | fields


def text_to_image() -> list[dict]:
    made = [
        image(f"txt2img-{each}", scheduler=each, steps=6, guidance=GUIDANCE.get(each, 5.0))
        for each in SCHEDULERS
    ]
    return made + [
        image("txt2img-unguided", guidance=1.0, negative_prompt=None),
        image("txt2img-unguided-negative", guidance=1.0, steps=4),
        image("txt2img-three", scheduler="euler_ancestral", num_images=3, steps=5),
        image("txt2img-three-72x104", 72, 104, num_images=3, steps=4),
        image("txt2img-88x72", 88, 72, scheduler="dpmpp_2m_karras"),
        image("txt2img-96x128", 96, 128, steps=5),
        image("txt2img-no-negative", negative_prompt=None),
        image("txt2img-empty-negative", negative_prompt=""),
        image("txt2img-empty", prompt="", negative_prompt=""),
        image("txt2img-exclamation", prompt="wow! a cat!! sitting on (a mat:1.3)+", steps=4),
        image("txt2img-large-seed", seed=2**32 + 5, steps=4),
        image("txt2img-long", prompt=LONG, steps=4),
        image("txt2img-long-no-negative", prompt=LONG, negative_prompt=None, steps=4),
        image("txt2img-long-negative", negative_prompt=LONG_NEGATIVE, steps=4),
        image("txt2img-long-unguided", prompt=LONG, negative_prompt=None, guidance=1.0, steps=4),
    ]


def image_to_image() -> list[dict]:
    made = [
        image(f"img2img-{each}", scheduler=each, steps=12, guidance=GUIDANCE.get(each, 5.0))
        for each in SCHEDULERS
    ]
    made += [
        image(
            f"img2img-{each}-denoise-095",
            scheduler=each,
            steps=10,
            denoise=0.95,
            guidance=GUIDANCE.get(each, 5.0),
        )
        for each in SCHEDULERS
    ]
    return made + [
        image("img2img-denoise-005", steps=20, denoise=0.05),
        image(
            "img2img-denoise-005-unguided",
            steps=25,
            denoise=0.05,
            guidance=1.0,
            negative_prompt=None,
        ),
        image("img2img-denoise-020", steps=20, denoise=0.2),
        image("img2img-denoise-020-dpm", steps=25, denoise=0.2, scheduler="dpmpp_2m"),
        image("img2img-denoise-095", steps=20, denoise=0.95, guidance=7.5),
        image("img2img-denoise-100", denoise=1.0),
        image("img2img-unguided", guidance=1.0, negative_prompt=None),
        image("img2img-three", num_images=3, scheduler="euler_ancestral"),
        image("img2img-three-72x104", 72, 104, num_images=3, scheduler="dpmpp_2m_karras"),
        image("img2img-72x104", 72, 104, scheduler="lcm", guidance=1.5),
        image("img2img-88x72", 88, 72),
        image("img2img-96x128", 96, 128, scheduler="ddim"),
        image("img2img-no-negative", negative_prompt=None),
        image("img2img-empty-negative", negative_prompt=""),
        image("img2img-long-both", prompt=LONG, negative_prompt=LONG_NEGATIVE),
    ]


def weighted() -> list[dict]:
    made = []
    for syntax, prompts in {"a1111": A1111, "compel": COMPEL}.items():
        for name, (prompt, negative) in prompts.items():
            made.append(
                image(
                    f"txt2img-{syntax}-{name}",
                    prompt=prompt,
                    negative_prompt=negative,
                    prompt_syntax=syntax,
                    steps=4,
                )
            )
    long = {"prompt": A1111["long"][0], "prompt_syntax": "a1111"}
    minus = {"prompt": COMPEL["minus"][0], "prompt_syntax": "compel"}
    return made + [
        image("img2img-a1111-long", **long),
        image("img2img-compel-minus", **minus),
        image("img2img-compel-unguided", **minus, negative_prompt=None, guidance=1.0),
    ]


def of_precision(precision: str) -> list[dict]:
    """Weights stored in sixteen bits, all computation in float32."""
    cases = [
        {"name": f"{precision}-text_encoder", "kind": "text_encoder", "text": PHOTO},
        {"name": f"{precision}-text_encoder_2", "kind": "text_encoder_2", "text": PHOTO},
        *[{**unets()[1], "name": f"{precision}-unet"}],
        *[{**case, "name": f"{precision}-{case['kind']}"} for case in [vaes()[1], vaes()[4]]],
        {**image("txt2img-euler", steps=6), "name": f"{precision}-txt2img"},
        {**image("img2img-euler", steps=12), "name": f"{precision}-img2img"},
    ]
    return [{**case, "checkpoint": f"tiny-single-{precision}"} for case in cases]
