-- Cancels a job wherever it is. One that waits, or that nobody has seen yet, becomes a tombstone at
-- which its element is dropped when it is taken; the holder of one that runs hears of it at its beat.
-- KEYS job, delayed, events     ARGV id
-- Returns 'cancelled' | 'cancelling' | 'completed' | 'failed' | 'again' (it failed, and what was pushed of it since
-- would run: whoever asks must look whether anything was)
local status, retryable = unpack(redis.call('HMGET', KEYS[1], 'status', 'retryable'))
if status == 'failed' and retryable == '1' then return 'again' end
if status == 'completed' or status == 'failed' or status == 'cancelled' then return status end
even_full('HDEL', KEYS[1])
if status == 'active' then
  redis.call('HSET', KEYS[1], 'cancel', '1')
  return 'cancelling'
end
redis.call('HSET', KEYS[1], 'status', 'cancelled', 'code', 'cancelled', 'finished_at', now())
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ENDED_MS)
tell(KEYS[3], 'cancelled', 'cancelled')
return 'cancelled'
