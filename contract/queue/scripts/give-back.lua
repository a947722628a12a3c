-- Puts a held job back at the front of the queue. It is nobody's failure, so nothing is counted.
-- KEYS job, active, outbox, events, queue, settlements     ARGV id, token, LEFT or RIGHT end to take from
-- Returns 'queued' | 'cancelled' (somebody asked meanwhile) | 'lost'
local job = redis.call('HMGET', KEYS[1], 'status', 'token', 'raw', 'cancel')
if job[1] ~= 'active' or job[2] ~= ARGV[2] then return 'lost' end
even_full('HDEL', KEYS[1])
if job[4] then
  local keys = {job = KEYS[1], active = KEYS[2], outbox = KEYS[3], events = KEYS[4],
    settlements = KEYS[#KEYS]}
  settle(keys, ARGV[1], 'cancelled', 'cancelled', '')
  return 'cancelled'
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[1], 'worker', 'token')
redis.call('HSET', KEYS[1], 'status', 'queued')
push_front(KEYS[5], ARGV[3], job[3])
tell(KEYS[4], 'queued')
return 'queued'
