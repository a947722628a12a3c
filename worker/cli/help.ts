/** What `--help` prints. */

export const help = `Edits a photo, or makes a picture, with an SDXL checkpoint on this machine.

  npm run i2i -- modify PHOTO "prompt"    change the photo as the prompt says
  npm run i2i -- copy PHOTO               the same photo, as the network would draw it
  npm run i2i -- generate "prompt"        a picture from nothing
  npm run i2i -- enhance "prompt"         no picture: what would be drawn of the prompt, and why;
                                          by the Qwen 2.5 in the folder that $QWEN_PATH names

What to write
  --out FILE               ends in .png, .webp or .jpg; default PHOTO-modify.png, PHOTO-copy.png
                           or generate.png in this folder
  --images N               1 to 6 pictures: FILE-1.png, FILE-2.png, …, each of the next seed
  --edit                   of enhance: as modify would have it, where a photo gives the place
  --json                   print one JSON object with everything that really ran

How to draw
  --checkpoint FILE        a .safetensors file or a diffusers folder; default $SDXL_CHECKPOINT
  --lora FILE[:STRENGTH]   add a LoRA, -2 to 2 times as strong as it was trained (default 1); more
                           of them: the option again, or commas between; or an ID of the list in
                           $LORA_CATALOGUE, of which quality turbo adds the first distilled one
  --seed N                 the same seed is the same picture; default a new one each time;
                           of enhance: another wording; default the likeliest, always the same
  --denoise X              0 to 1: how much of the photo is drawn anew; default 0.5
  --reference-strength X   0 to 1: how much of the photo stays, 1 − denoise
  --quality NAME           high: 25 steps, guidance 7.5 (default); fast: 15 steps, guidance 7;
                           turbo: 4 or 8 steps, no guidance, where the checkpoint is distilled
  --distillation NAME      what the checkpoint was distilled by: lcm, lightning, hyper or dmd2; then
                           turbo is the default; default $SDXL_DISTILLATION for $SDXL_CHECKPOINT
  --steps N                1 to 150
  --guidance X             1 to 30: how closely the prompt is followed; 1 is off, and twice as fast
  --guidance-interval X-Y  guide only this part of the schedule, such as 0-0.6; default 0-1
  --scheduler NAME         euler (default), euler_ancestral, dpmpp_2m, dpmpp_2m_karras, ddim; for
                           distilled ones lcm, euler_trailing, ddim_trailing, lcm_trailing, tcd
  --negative TEXT          what the picture should not show
  --as-written             leave the prompt as it is where $QWEN_PATH names a Qwen 2.5, which else adds
                           light, lens and texture to it
  --style NAME             cinematic, vintage, low_key, natural, dreamy, hand_drawn, oil_painting,
                           watercolor, moody, … or words of your own; it follows the prompt, as do:
  --shot NAME              wide, medium, close
  --angle NAME             eye_level, low_angle, over_shoulder, overhead, bird_eye
  --lighting NAME          natural, cinematic, soft, golden_hour, studio, backlit, low_key,
                           high_contrast, neon, overcast
  --mood NAME              moody, dramatic, dreamy, serene, cheerful, mysterious, nostalgic, epic
  --syntax NAME            how the prompt weighs words: none (default), compel (word)1.2,
                           a1111 (word:1.2)
  --windows N              read at most N windows of 75 tokens of a long prompt; 1 to 16 (default)

What size
  --size WxH               multiples of 8; default the size of SDXL's nearest to PHOTO's shape
  --aspect W:H             the size of SDXL's that is nearest to this ratio
  --resize NAME            cover: fill and crop (default); contain: white borders; stretch

Where to run
  --device NAME            auto (default: CUDA where it works, else the CPU), cpu, cuda, webgpu;
                           default $DEVICE
  --threads N              threads of the CPU; default $THREADS, or as many as it has cores

  -h, --help               this text

A prompt that begins with a dash comes after two: npm run i2i -- generate --seed 1 -- "-5 degrees"
Ctrl-C ends a run and leaves nothing behind; a second Ctrl-C ends it at once.
`
