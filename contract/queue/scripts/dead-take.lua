-- Takes one letter from the dead: to the back of the queue with all counters at nought, or away.
-- KEYS dead, job (any key where the letter has no id), queue
-- ARGV name, 'retry' | 'drop', LEFT or RIGHT end that the queue is taken from
-- Returns 1, or 0 where there is no such letter
for _, letter in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if redis.sha1hex(letter) == ARGV[1] then
    redis.call('LREM', KEYS[1], 1, letter)
    if ARGV[2] == 'retry' then
      if redis.call('HGET', KEYS[2], 'status') == 'failed' then
        redis.call('HSET', KEYS[2], 'status', 'queued')
        redis.call('HDEL', KEYS[2], 'attempts', 'stalls', 'result', 'code', 'finished_at')
        redis.call('PERSIST', KEYS[2])
      end
      redis.call(ARGV[3] == 'LEFT' and 'RPUSH' or 'LPUSH', KEYS[3], cjson.decode(letter).raw)
    end
    return 1
  end
end
return 0
