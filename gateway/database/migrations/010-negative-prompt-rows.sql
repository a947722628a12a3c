-- What is kept out of pictures until somebody says otherwise. With a reference it is little, so that the reference
-- is not drawn away from; what an operator has written already stays.
insert into i2i.negative_prompts
  (model_type, content_mode, generation_mode, negative_prompt, priority, description)
values
  ('sdxl', 'nsfw', 'txt2img',
   'blurry, low quality, worst quality, jpeg artifacts, signature, watermark, text', 1,
   'Quality alone'),
  ('sdxl', 'sfw', 'txt2img',
   'blurry, low quality, worst quality, jpeg artifacts, signature, watermark, text, nsfw, explicit, sexual, nude, naked', 1,
   'Quality, and nothing explicit'),
  ('sdxl', 'nsfw', 'i2i', 'blurry, worst quality, jpeg artifacts', 2, 'Little, beside a reference'),
  ('sdxl', 'sfw', 'i2i', 'blurry, worst quality, jpeg artifacts', 2, 'Little, beside a reference')
on conflict do nothing;
