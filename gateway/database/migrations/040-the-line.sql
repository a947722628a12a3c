-- The line for our workers is one index, in the order in which callers take turns: whose turn it is, is found without
-- reading the jobs. An attempt therefore says whose it is.
alter table i2i.attempts add column tenant text;
alter table i2i.attempts add column user_id text;
update i2i.attempts a set tenant = j.tenant, user_id = j.user_id from i2i.jobs j where j.id = a.job_id;
alter table i2i.attempts alter column tenant set not null;
alter table i2i.attempts alter column user_id set not null;
create index attempts_in_line on i2i.attempts (tenant, user_id, created_at, id)
  where provider = 'local-sdxl' and state = 'waiting';
drop index i2i.attempts_waiting;

-- Only attempts at other providers are looked after by time. Those that wait for our workers are many, and are not.
create index attempts_to_look_at on i2i.attempts (look_at)
  where state in ('waiting', 'sending', 'sent', 'running') and provider <> 'local-sdxl';
drop index i2i.attempts_open;
