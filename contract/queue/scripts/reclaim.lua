-- Takes a job from a worker whose lease on it lapsed, counts that death, and gives the job out again:
-- at once after the first, with a delay after the next, never after too many.
-- KEYS job, active, outbox, events, queue, delayed, dead, settlements
-- ARGV id, LEFT or RIGHT end to take from, most deaths, delay after the second death in ms
-- Returns 'held' | 'gone' | 'cancelled' | 'dead' | 'queued' | 'delayed'
local lapses = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not lapses then return 'gone' end
if tonumber(lapses) > now() then return 'held' end
redis.call('ZREM', KEYS[2], ARGV[1])
local job = redis.call('HMGET', KEYS[1], 'status', 'raw', 'cancel', 'attempts')
if job[1] ~= 'active' then return 'gone' end

local keys = {job = KEYS[1], active = KEYS[2], outbox = KEYS[3], events = KEYS[4],
  settlements = KEYS[#KEYS]}
if job[3] then
  settle(keys, ARGV[1], 'cancelled', 'cancelled', '')
  return 'cancelled'
end
local stalls = redis.call('HINCRBY', KEYS[1], 'stalls', 1)
redis.call('HDEL', KEYS[1], 'worker', 'token')
tell(KEYS[4], 'stalled')
if stalls > tonumber(ARGV[3]) then
  bury(KEYS[7], {raw = job[2], id = ARGV[1], reason = 'poison', attempts = tonumber(job[4] or 0),
    stalls = stalls})
  settle(keys, ARGV[1], 'failed', 'poison', '')
  return 'dead'
end
if stalls == 1 then
  redis.call('HSET', KEYS[1], 'status', 'queued')
  push_front(KEYS[5], ARGV[2], job[2])
  tell(KEYS[4], 'queued')
  return 'queued'
end
redis.call('HSET', KEYS[1], 'status', 'delayed')
redis.call('ZADD', KEYS[6], now() + ARGV[4] * 2 ^ (stalls - 2), ARGV[1])
tell(KEYS[4], 'delayed')
return 'delayed'
