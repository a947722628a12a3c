-- take: draws from buckets that fill by themselves, each by itself, or says how long until one holds enough.
-- KEYS buckets (hash: left, at in ms)   ARGV of each bucket: burst, refill per ms, cost
-- Returns of each {1 or 0, what is left, ms until there is enough, ms until it is full}, all in one list; what is left
-- as text, since numbers lose what is behind their point on the way.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local drawn = {}
for i, key in ipairs(KEYS) do
  local burst, rate, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local known = redis.call('HMGET', key, 'left', 'at')
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
  local rest = string.format('%.6f', left)
  redis.call('HSET', key, 'left', rest, 'at', string.format('%.3f', now))
  redis.call('PEXPIRE', key, full + 1000)
  for _, each in ipairs({taken, rest, wait, full}) do drawn[#drawn + 1] = each end
end
return drawn
