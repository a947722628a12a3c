-- What every picture that was given out was made from, so that it is one look-up whether a photograph is behind it.
alter table i2i.outputs
  add column thumbnail_path text,
  add column mode text,
  add column model text,
  add column content_mode text,
  -- SHA-256 of the references that it was drawn from.
  add column parents text[] not null default '{}',
  -- Whether it was made here, and all that it was made from, back to words alone.
  add column from_words boolean not null default false,
  add column taken_down_at timestamptz;
update i2i.outputs o set mode = j.mode, model = j.provider, content_mode = j.job ->> 'contentMode',
  from_words = j.mode = 'txt2img', thumbnail_path = regexp_replace(o.path, '\.png$', '.thumb.webp')
  from i2i.jobs j where j.id = o.job_id;
create index outputs_by_parent on i2i.outputs using gin (parents);

-- Uploads are encoded anew: of the bytes as they came.
alter table i2i.uploads add column given_sha256 text;
create index uploads_by_sha256 on i2i.uploads (sha256);
create index uploads_by_given_sha256 on i2i.uploads (given_sha256);

-- Of a picture by its hash. Where several have it, all must be: what denies outweighs what allows.
create function i2i.is_from_words(picture text) returns boolean language sql stable as $$
  select coalesce(bool_and(o.from_words), false) from i2i.outputs o
  where o.sha256 in (select picture union all
    select u.given_sha256 from i2i.uploads u where u.sha256 = picture and u.given_sha256 is not null)
$$;
