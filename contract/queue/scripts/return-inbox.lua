-- Puts what lies unclaimed in a worker's inbox back at the front of the queue, in order.
-- KEYS workers, inbox, queue
-- ARGV worker, LEFT or RIGHT end to take from, 'leaving' (it asks itself) or 'lapsed' (a sweep asks)
-- Returns how many went back, or -1 where a sweep asked of a worker that lives
local lapses = redis.call('ZSCORE', KEYS[1], ARGV[1])
if ARGV[3] == 'lapsed' and lapses and tonumber(lapses) > now() then return -1 end
even_full('ZREM', KEYS[1])
local count = 0
local raw = redis.call('RPOP', KEYS[2])
while raw do
  push_front(KEYS[3], ARGV[2], raw)
  count = count + 1
  raw = redis.call('RPOP', KEYS[2])
end
if ARGV[3] == 'lapsed' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  -- A BLMOVE that is still under way may yet fill the inbox: the next sweep looks once more.
  redis.call('ZADD', KEYS[1], now(), ARGV[1])
end
return count
