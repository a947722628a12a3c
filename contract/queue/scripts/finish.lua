-- Ends a job that this claim holds: the one gate through which a result becomes true.
-- Repeated by the one whose reply was lost, it answers 'finished' again and changes nothing.
-- KEYS job, active, outbox, events, settlements
-- ARGV id, token of the claim, completed | failed | cancelled, code, result as JSON, 1 where a new push may retry
-- Returns 'finished' | 'lost'
local job = redis.call('HMGET', KEYS[1], 'status', 'token', 'settled')
if job[3] == ARGV[2] then return 'finished' end
if job[1] ~= 'active' or job[2] ~= ARGV[2] then return 'lost' end
even_full('HDEL', KEYS[1])
redis.call('HSET', KEYS[1], 'settled', ARGV[2], 'retryable', ARGV[6])
local keys = {job = KEYS[1], active = KEYS[2], outbox = KEYS[3], events = KEYS[4],
  settlements = KEYS[#KEYS]}
settle(keys, ARGV[1], ARGV[3], ARGV[4], ARGV[5])
return 'finished'
