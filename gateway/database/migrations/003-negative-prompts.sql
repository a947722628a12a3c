-- What pictures should not show, by model, content mode and whether there is a reference.
-- The shape is that of the production table, so that its rows can be copied.
create table i2i.negative_prompts (
  id              uuid primary key default gen_random_uuid(),
  model_type      text not null default 'sdxl',
  content_mode    text not null default 'sfw' check (content_mode in ('sfw', 'nsfw')),
  generation_mode text not null default 'txt2img' check (generation_mode in ('txt2img', 'i2i')),
  negative_prompt text not null,
  is_active       boolean not null default true,
  priority        integer not null default 1,
  description     text,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  created_by      text,
  unique (model_type, content_mode, generation_mode, negative_prompt)
);
create index idx_negative_prompts_lookup
  on i2i.negative_prompts (model_type, content_mode, generation_mode, is_active, priority desc);
