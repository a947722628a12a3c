-- What the policy decided about whom. Without content: no prompt, no picture, no address.
create table i2i.policy_events (
  id           bigint generated always as identity primary key,
  at           timestamptz not null default now(),
  tenant       text not null,
  user_id      text not null,
  -- The id of the key, the subject of the token, or local.
  caller       text not null,
  job_id       text,
  surface      text,
  -- Who asked: gateway, worker, a provider, or a person.
  stage        text not null,
  outcome      text not null check (outcome in ('refused', 'cleared', 'suspended', 'lifted', 'taken-down')),
  rule         text,
  code         text,
  rules_version text,
  mode         text,
  content_mode text,
  -- SHA-256 of pictures.
  pictures     text[] not null default '{}',
  -- What a caller attested of the consent of who is shown, in their own words.
  statement    text,
  is_strike    boolean not null default false
);
create index policy_events_strikes on i2i.policy_events (tenant, user_id, at) where is_strike;
create index policy_events_by_time on i2i.policy_events (at);

-- Appended to and never changed. What is more than a year old may be deleted, and nothing else.
-- (Semicolons begin lines here, for a statement ends with one at the end of a line.)
create function i2i.keep_policy_events() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if old.at < now() - interval '365 days' then return old
    ; end if
  ; end if
  ; raise exception 'policy events are appended to, and never changed'
; end $$;
create trigger policy_events_are_kept before update or delete on i2i.policy_events
  for each row execute function i2i.keep_policy_events();
create trigger policy_events_are_all_kept before truncate on i2i.policy_events
  for each statement execute function i2i.keep_policy_events();

create table i2i.suspensions (
  id           bigint generated always as identity primary key,
  tenant       text not null,
  user_id      text not null,
  since        timestamptz not null default now(),
  until        timestamptz not null,
  lifted_at    timestamptz
);
create index suspensions_of_caller on i2i.suspensions (tenant, user_id, since);
create index suspensions_running on i2i.suspensions (until) where lifted_at is null;

-- Whether its holder may say that who is shown in a photograph consents.
alter table i2i.api_keys add column attests boolean not null default false;
