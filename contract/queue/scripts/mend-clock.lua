-- After Redis's clock went back, what dead workers held and what waits out a delay would wait for as long again. What
-- is due later than anything could be that was written down since is due as much earlier.
-- KEYS clock, then the sets that are ordered by time     ARGV the least that counts, in ms
-- Returns how far it went back since the last look, in ms, or 0
local at = now()
local back = tonumber(redis.call('GET', KEYS[1]) or 0) - at
even_full('ZREM', KEYS[2])
redis.call('SET', KEYS[1], at)
if back < tonumber(ARGV[1]) then return 0 end
for i = 2, #KEYS do
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[i], '(' .. (at + back / 2), '+inf')) do
    redis.call('ZINCRBY', KEYS[i], -back, member)
  end
end
return back
