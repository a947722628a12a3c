-- Adds an event to a job's stream, and keeps its newest preview, unless its writer has lost the job.
-- KEYS job, events, preview     ARGV token, data as JSON, preview or nothing
-- Returns 1 | 0
local job = redis.call('HMGET', KEYS[1], 'status', 'token')
if job[1] ~= 'active' or job[2] ~= ARGV[1] then return 0 end
even_full('HDEL', KEYS[1])
if ARGV[3] ~= '' then redis.call('SET', KEYS[3], ARGV[3], 'PX', PREVIEW_MS) end
tell(KEYS[2], 'progress', ARGV[2])
return 1
