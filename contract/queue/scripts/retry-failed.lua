-- Puts a job that failed at the back of the queue, all counters at nought, and strikes the callback that its
-- failure owed.
-- KEYS job, outbox, events, queue, settlements     ARGV id, LEFT or RIGHT end that the queue is taken from
-- Returns 'retried' | 'unknown' | the status in which it stays
local status, raw = unpack(redis.call('HMGET', KEYS[1], 'status', 'raw'))
if not status then return 'unknown' end
if status ~= 'failed' then return status end
redis.call('HSET', KEYS[1], 'status', 'queued')
redis.call('HDEL', KEYS[1], 'attempts', 'stalls', 'result', 'code', 'finished_at', 'retryable')
redis.call('PERSIST', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call(ARGV[2] == 'LEFT' and 'RPUSH' or 'LPUSH', KEYS[4], raw)
tell(KEYS[3], 'queued')
return 'retried'
