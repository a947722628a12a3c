-- Puts the head of a worker's inbox, which cannot be read, among the dead letters, byte for byte.
-- KEYS inbox, dead     ARGV sha1 of the element, reason
-- Returns 1, or 0 where the head is another by now
local raw = redis.call('LINDEX', KEYS[1], 0)
if not raw or redis.sha1hex(raw) ~= ARGV[1] then return 0 end
redis.call('LPOP', KEYS[1])
bury(KEYS[2], {raw = raw, reason = ARGV[2], attempts = 0, stalls = 0})
return 1
