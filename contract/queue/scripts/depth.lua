-- Counts what waits where, and for how long the head of the queue has been seen to be the head: the
-- elements carry no time that can be trusted, and a head that stays is what an alert is about.
-- KEYS queue, priority, delayed, active, dead, outbox, head     ARGV LEFT or RIGHT end to take from
-- Returns {waiting, priority, delayed, active, dead, owed callbacks, age of the head in ms}
local head = redis.call('LINDEX', KEYS[1], ARGV[1] == 'LEFT' and 0 or -1)
local age = 0
if head then
  even_full('HDEL', KEYS[7])
  local sha = redis.sha1hex(head)
  local seen = redis.call('HMGET', KEYS[7], 'sha', 'since')
  if seen[1] == sha then
    age = math.max(0, now() - seen[2])
  else
    redis.call('HSET', KEYS[7], 'sha', sha, 'since', now())
  end
  redis.call('PEXPIRE', KEYS[7], HEAD_MS)
end
return {
  redis.call('LLEN', KEYS[1]), redis.call('LLEN', KEYS[2]), redis.call('ZCARD', KEYS[3]),
  redis.call('ZCARD', KEYS[4]), redis.call('LLEN', KEYS[5]), redis.call('ZCARD', KEYS[6]), age,
}
