-- Attempts of providers that came to nothing after the provider had them: each is told to stop and asked for its cost.
alter table i2i.attempts add column let_go_at timestamptz;
create index attempts_to_let_go on i2i.attempts (look_at)
  where state in ('failed', 'superseded', 'cancelled') and let_go_at is null and ref is not null
    and provider <> 'local-sdxl';
