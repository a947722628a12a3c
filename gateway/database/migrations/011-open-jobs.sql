-- How many jobs of a caller are not over, which is asked before another is taken.
create index jobs_open_of_caller on i2i.jobs (tenant, user_id) where status in ('queued', 'processing');
