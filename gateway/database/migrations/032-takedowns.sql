-- Pictures that somebody wanted gone: what is deleted by when, and what is never drawn from or given out again.
create table i2i.takedowns (
  id           uuid primary key default gen_random_uuid(),
  at           timestamptz not null default now(),
  -- The law gives 48 hours (TAKE IT DOWN Act, section 3).
  due_at       timestamptz not null default now() + interval '48 hours',
  -- When everything that was kept of it was deleted.
  done_at      timestamptz,
  -- What was named: a hash, a job, or a path in storage.
  target       text not null unique,
  reason       text,
  by           text not null
);
create index takedowns_open on i2i.takedowns (due_at) where done_at is null;

create table i2i.blocked_pictures (
  sha256       text primary key,
  takedown_id  uuid not null references i2i.takedowns (id),
  at           timestamptz not null default now()
);
create index blocked_pictures_of_takedown on i2i.blocked_pictures (takedown_id);
