-- Renews the leases of a worker and of the jobs that it holds, and says how each of them stands.
-- KEYS workers, health, active, then the job of each pair in ARGV
-- ARGV worker, lease in ms, health as JSON, its lifetime in ms, then id and token of each job
-- Returns for each job 'held' | 'cancel' (stop: somebody asked) | 'lost' (stop: another has it)
even_full('ZREM', KEYS[1])
local lapses = now() + ARGV[2]
redis.call('ZADD', KEYS[1], lapses, ARGV[1])
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
local answers = {}
for i = 4, #KEYS do
  local id, token = ARGV[2 * i - 3], ARGV[2 * i - 2]
  local job = redis.call('HMGET', KEYS[i], 'status', 'token', 'cancel')
  if job[1] ~= 'active' or job[2] ~= token then
    answers[i - 3] = 'lost'
  else
    redis.call('ZADD', KEYS[3], lapses, id)
    answers[i - 3] = job[3] and 'cancel' or 'held'
  end
end
return answers
