-- Takes a job from where it waits, for good, and owes its owner the news; the holder of one that runs hears of
-- it at its beat. A copy that is elsewhere by now meets an ended job when it is claimed.
-- KEYS job, active, outbox, events, delayed, lane, settlements
-- ARGV id, element as it lies in the lane ('' where none was seen), the same with its id, owner
-- Returns {'dropped' | 'cancelling' | 'unknown' | the status in which it had ended, elements taken out}
even_full('ZREM', KEYS[5])
local isWaiting = ARGV[2] ~= ''
local copies = isWaiting and redis.call('LREM', KEYS[6], 0, ARGV[2]) or 0
local status, raw, retryable = unpack(redis.call('HMGET', KEYS[1], 'status', 'raw', 'retryable'))
if status == 'active' then
  redis.call('HSET', KEYS[1], 'cancel', '1')
  return {'cancelling', copies}
end
if not status and not isWaiting then return {'unknown', copies} end
-- What failed and was pushed anew would have run again.
local again = status == 'failed' and retryable == '1' and isWaiting
if status == 'completed' or status == 'cancelled' or (status == 'failed' and not again) then
  -- A copy in some worker's inbox is out of sight, and must not run either.
  redis.call('HDEL', KEYS[1], 'retryable')
  return {status, copies}
end
if again then redis.call('HDEL', KEYS[1], 'attempts', 'stalls', 'retryable') end
if again or not raw then redis.call('HSET', KEYS[1], 'raw', ARGV[3], 'owner', ARGV[4]) end
redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('PERSIST', KEYS[1])
local keys = {job = KEYS[1], active = KEYS[2], outbox = KEYS[3], events = KEYS[4],
  settlements = KEYS[#KEYS]}
settle(keys, ARGV[1], 'cancelled', 'cancelled', '')
return {'dropped', copies}
