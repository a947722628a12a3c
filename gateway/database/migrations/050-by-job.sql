-- What goes with a job is found by the job, and what was paid for is added up without reading what was not.
create index outputs_of_job on i2i.outputs (job_id);
create index idempotency_keys_of_job on i2i.idempotency_keys (job_id);
create index attempts_paid on i2i.attempts (provider) include (cost_micros) where cost_micros is not null;
