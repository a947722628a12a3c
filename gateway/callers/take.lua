-- take: draws from a bucket that fills by itself, or says how long until it holds enough.
-- KEYS bucket (hash: left, at in ms)   ARGV burst, refill per ms, cost
-- Returns {1 or 0, what is left, ms until there is enough, ms until it is full}; what is left as text, since numbers
-- lose what is behind their point on the way.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local burst, rate, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local known = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = burst
if known[1] and known[2] then
  left = math.min(burst, tonumber(known[1]) + math.max(0, now - tonumber(known[2])) * rate)
end
local taken, wait = 0, 0
if left >= cost then
  taken, left = 1, left - cost
else
  wait = math.ceil((cost - left) / rate)
end
local full = math.ceil((burst - left) / rate)
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], full + 1000)
return {taken, string.format('%.6f', left), wait, full}
