-- Why the provider that has a job has it, in a sentence for its caller. Jobs from before this have none.
alter table i2i.jobs add column reason text;
