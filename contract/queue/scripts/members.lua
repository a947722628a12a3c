-- Whose time has come, or has not, in one of the sets that are ordered by time.
-- KEYS set     ARGV 'due' | 'live', how many at most
-- Returns members, earliest first
if ARGV[1] == 'due' then
  return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now(), 'LIMIT', 0, ARGV[2])
end
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now(), '+inf', 'LIMIT', 0, ARGV[2])
