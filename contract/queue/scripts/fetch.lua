-- Shows the head of a worker's inbox, and fills the inbox from the queue where it is empty.
-- Renews the worker's lease first: nothing is ever in the inbox of a worker that no sweep knows of.
-- Repeating it does no harm, since an element stays in the inbox until it is claimed or parked.
-- KEYS workers, inbox, lane to try first, lane to try next (may be absent)
-- ARGV worker, lease in ms, LEFT or RIGHT end to take from, most bytes of an element
-- Returns false where there is nothing, else {sha1, bytes, element, or '' where it is too long}
even_full('ZREM', KEYS[1])
redis.call('ZADD', KEYS[1], now() + ARGV[2], ARGV[1])
local raw = redis.call('LINDEX', KEYS[2], 0)
for lane = 3, #KEYS do
  raw = raw or redis.call('LMOVE', KEYS[lane], KEYS[2], ARGV[3], 'RIGHT')
end
if not raw then return false end
return {redis.sha1hex(raw), #raw, #raw > tonumber(ARGV[4]) and '' or raw}
