-- Puts a job whose delay is over at the front of the queue: it has waited already.
-- KEYS delayed, job, queue, events     ARGV id, LEFT or RIGHT end to take from
-- Returns 1 | 0
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not due or tonumber(due) > now() then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
local job = redis.call('HMGET', KEYS[2], 'status', 'raw')
if job[1] ~= 'delayed' then return 0 end
redis.call('HSET', KEYS[2], 'status', 'queued')
push_front(KEYS[3], ARGV[2], job[2])
tell(KEYS[4], 'queued')
return 1
