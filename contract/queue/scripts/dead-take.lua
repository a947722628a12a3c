-- Takes one letter from the dead, if it is among some of them: to the back of the queue with all counters at
-- nought, or away. All of them at once would hold Redis up, for each is hashed.
-- KEYS dead, job (any key where the letter has no id), queue
-- ARGV name, 'retry' | 'drop', LEFT or RIGHT end that the queue is taken from, first, last
-- Returns 1, 0 where it is not among these, or -1 where there are none
local letters = redis.call('LRANGE', KEYS[1], ARGV[4], ARGV[5])
if #letters == 0 then return -1 end
for _, letter in ipairs(letters) do
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
