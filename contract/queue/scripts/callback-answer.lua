-- Strikes a callback from the outbox, or puts it off. An answer for an earlier life of the job (another
-- fence) is ignored, and one that would put off what was leased anew since.
-- KEYS outbox, job     ARGV id, fence, attempt, 'done' | 'later' | 'untried', delay in ms
-- Returns 1 | 0
local job = redis.call('HMGET', KEYS[2], 'fence', 'status', 'callbacks')
if job[1] ~= ARGV[2] or not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
even_full('ZREM', KEYS[1])
if ARGV[4] ~= 'done' then
  if job[3] ~= ARGV[3] then return 0 end
  redis.call('ZADD', KEYS[1], now() + ARGV[5], ARGV[1])
  if ARGV[4] == 'untried' then redis.call('HINCRBY', KEYS[2], 'callbacks', -1) end
  return 1
end
if job[2] == 'active' or job[2] == 'queued' or job[2] == 'delayed' then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], job[2] == 'completed' and COMPLETED_MS or ENDED_MS)
return 1
