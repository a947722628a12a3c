-- What the loops ask every second, so that a table of old jobs costs them nothing.
create index attempts_held on i2i.attempts (provider) where state in ('sent', 'running');
create index jobs_unwanted on i2i.jobs (created_at) where cancel_asked and status in ('queued', 'processing');
create index jobs_with_deadline on i2i.jobs (deadline_at)
  where deadline_at is not null and status in ('queued', 'processing');

-- A caller wants nothing of a job to be kept. What is under way is purged once it is over.
alter table i2i.jobs add column purge_asked boolean not null default false;
create index jobs_to_purge on i2i.jobs (finished_at) where purge_asked and purged_at is null;
create index jobs_unpurged on i2i.jobs (finished_at) where finished_at is not null and purged_at is null;
create index webhook_events_old on i2i.webhook_events (at);

-- When a caller's job last went to our workers: among callers that wait, it is the turn of who had none for longest.
create table i2i.turns (
  tenant       text not null,
  user_id      text not null,
  at           timestamptz not null default now(),
  primary key (tenant, user_id)
);
