-- Counts an attempt that failed, and holds the job back for a while, or ends it where none is left.
-- KEYS job, active, outbox, events, delayed, dead, settlements
-- ARGV id, token, delay in ms, most attempts, code, result as JSON should this have been the last
-- Returns 'delayed' | 'dead' | 'cancelled' (somebody asked meanwhile) | 'lost'
local job = redis.call('HMGET', KEYS[1], 'status', 'token', 'raw', 'cancel', 'stalls')
if job[1] ~= 'active' or job[2] ~= ARGV[2] then return 'lost' end
even_full('HDEL', KEYS[1])
local keys = {job = KEYS[1], active = KEYS[2], outbox = KEYS[3], events = KEYS[4],
  settlements = KEYS[#KEYS]}
if job[4] then
  settle(keys, ARGV[1], 'cancelled', 'cancelled', '')
  return 'cancelled'
end
local attempts = redis.call('HINCRBY', KEYS[1], 'attempts', 1)
if attempts > tonumber(ARGV[4]) then
  bury(KEYS[6], {raw = job[3], id = ARGV[1], reason = ARGV[5], attempts = attempts,
    stalls = tonumber(job[5] or 0)})
  settle(keys, ARGV[1], 'failed', ARGV[5], ARGV[6])
  return 'dead'
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[1], 'worker', 'token')
redis.call('HSET', KEYS[1], 'status', 'delayed')
redis.call('ZADD', KEYS[5], now() + ARGV[3], ARGV[1])
tell(KEYS[4], 'delayed', ARGV[5])
return 'delayed'
