-- Adds an event to a job's stream, unless its writer has lost the job.
-- KEYS job, events     ARGV fence, data as JSON
-- Returns 1 | 0
local job = redis.call('HMGET', KEYS[1], 'status', 'fence')
if job[1] ~= 'active' or job[2] ~= ARGV[1] then return 0 end
even_full('HDEL', KEYS[1])
tell(KEYS[2], 'progress', ARGV[2])
return 1
