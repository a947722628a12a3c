-- The gateways that run on this database, so that one that signs otherwise than they do does not start.
create table i2i.gateways (
  id           text primary key,
  -- Of GATEWAY_SECRET and KEY_PEPPER: HMACs of a word under them, from which neither can be had.
  secret_print text not null,
  pepper_print text not null,
  seen_at      timestamptz not null default now()
);
