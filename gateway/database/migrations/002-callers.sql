-- Who may call, and what they brought along.

create table i2i.api_keys (
  -- The eight characters between the two last underscores of a key.
  id           text primary key,
  -- HMAC-SHA-256 of the whole key, in hexadecimal.
  hash         text not null,
  tenant       text not null,
  user_id      text not null,
  name         text not null default '',
  scopes       text[] not null default '{}',
  adult        boolean not null default false,
  created_at   timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at   timestamptz,
  revoked_at   timestamptz
);

-- References that callers brought. The path begins with the caller's own user.
create table i2i.uploads (
  path         text primary key,
  tenant       text not null,
  user_id      text not null,
  bytes        integer not null,
  width        integer not null,
  height       integer not null,
  sha256       text not null,
  created_at   timestamptz not null default now()
);
create index uploads_old on i2i.uploads (created_at);

-- Every picture that was given out.
create table i2i.outputs (
  path         text primary key,
  job_id       text not null,
  tenant       text not null,
  user_id      text not null,
  sha256       text not null,
  created_at   timestamptz not null default now()
);
create index outputs_by_sha256 on i2i.outputs (sha256);
