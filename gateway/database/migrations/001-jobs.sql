-- The gateway's memory. Everything is in its own schema; nothing of anybody else's is touched.

-- What callers asked for. One terminal transition, made by settle alone.
create table i2i.jobs (
  id           text primary key,
  tenant       text not null,
  user_id      text not null,
  status       text not null default 'queued'
               check (status in ('queued', 'processing', 'completed', 'failed', 'cancelled')),
  mode         text not null,
  -- What jobs that take about as long have in common: mode and size. Service times are kept by it.
  class        text not null,
  -- The canonical job, as contract/job/job.ts has it, and what was planned of it.
  job          jsonb not null,
  planned      jsonb not null,
  -- How it was asked for: 'v1', 'functions', 'openai', 'sdapi'. Answers keep that manner.
  surface      text not null,
  -- Chosen, then running, then the one that did it.
  provider     text,
  -- One provider and no other, where the caller said so.
  only_provider text,
  notes        jsonb not null default '[]',
  -- Providers that were tried before this one, with their codes.
  tried        jsonb not null default '[]',
  result       jsonb,
  failure      jsonb,
  -- The attempt that is under way, or that was the last: who goes on with a job must name it.
  attempt_id   text not null,
  won_attempt  text,
  cancel_asked boolean not null default false,
  created_at   timestamptz not null default now(),
  deadline_at  timestamptz,
  started_at   timestamptz,
  finished_at  timestamptz,
  -- When what was made of it was deleted.
  purged_at    timestamptz
);
create index jobs_of_caller on i2i.jobs (tenant, user_id, created_at desc, id);
create index jobs_open on i2i.jobs (created_at) where status in ('queued', 'processing');
create index jobs_by_attempt on i2i.jobs (attempt_id);
create index jobs_finished on i2i.jobs (finished_at) where finished_at is not null;

-- Each try of a job by one provider. Of all that end, at most one wins.
create table i2i.attempts (
  id           text primary key,
  job_id       text not null references i2i.jobs (id) on delete cascade,
  n            integer not null,
  provider     text not null,
  -- waiting: not sent yet. sending: a request may be on its way. sent: the provider has it.
  state        text not null default 'waiting'
               check (state in ('waiting', 'sending', 'sent', 'running', 'won', 'failed', 'superseded', 'cancelled')),
  -- The provider's own name for it; for our workers the job's id.
  ref          text,
  -- SHA-256 in hexadecimal of the token in this attempt's webhook URL.
  token_hash   text,
  code         text,
  cost_micros  bigint,
  created_at   timestamptz not null default now(),
  sent_at      timestamptz,
  running_at   timestamptz,
  ended_at     timestamptz,
  -- When it is looked after next, and how often it was in vain.
  look_at      timestamptz not null default now(),
  looks        integer not null default 0,
  unique (job_id, n),
  unique (provider, ref)
);
create index attempts_waiting on i2i.attempts (provider, created_at) where state = 'waiting';
create index attempts_open on i2i.attempts (look_at)
  where state in ('waiting', 'sending', 'sent', 'running');
create unique index attempts_by_token on i2i.attempts (token_hash) where token_hash is not null;

-- The only billing write there is: its key makes it one.
create table i2i.charges (
  job_id       text primary key references i2i.jobs (id) on delete cascade,
  attempt_id   text not null,
  tenant       text not null,
  user_id      text not null,
  images       integer not null,
  cost_micros  bigint,
  created_at   timestamptz not null default now()
);
create index charges_of_caller on i2i.charges (tenant, user_id, created_at);

-- Callbacks to clients, owed until somebody takes them.
create table i2i.callbacks (
  job_id       text primary key references i2i.jobs (id) on delete cascade,
  url          text not null,
  attempts     integer not null default 0,
  due_at       timestamptz not null default now(),
  done_at      timestamptz,
  outcome      text
);
create index callbacks_due on i2i.callbacks (due_at) where done_at is null;

-- Which events of providers were heard already.
create table i2i.webhook_events (
  provider     text not null,
  event_id     text not null,
  at           timestamptz not null default now(),
  primary key (provider, event_id)
);

create table i2i.idempotency_keys (
  tenant       text not null,
  user_id      text not null,
  key          text not null,
  -- SHA-256 of what was asked.
  fingerprint  text not null,
  job_id       text not null,
  created_at   timestamptz not null default now(),
  primary key (tenant, user_id, key)
);
create index idempotency_keys_old on i2i.idempotency_keys (created_at);
