-- Hands a callback that is owed to one who delivers it; whoever else asks within the lease gets none.
-- KEYS outbox, job     ARGV id, lease in ms
-- Returns false, or {fence, attempt from 1, status, raw, code, result, finished at}
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not due or tonumber(due) > now() then return false end
local job = redis.call('HMGET', KEYS[2], 'fence', 'status', 'raw', 'code', 'result', 'finished_at')
if job[2] ~= 'completed' and job[2] ~= 'failed' and job[2] ~= 'cancelled' then
  -- Pushed anew since: its next end owes a callback of its own.
  redis.call('ZREM', KEYS[1], ARGV[1])
  return false
end
even_full('ZREM', KEYS[1])
redis.call('ZADD', KEYS[1], now() + ARGV[2], ARGV[1])
local attempt = redis.call('HINCRBY', KEYS[2], 'callbacks', 1)
return {job[1], attempt, job[2], job[3], job[4] or '', job[5] or '', job[6]}
