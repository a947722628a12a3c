-- Turns the head of a worker's inbox into a job that this worker holds, or drops a duplicate of one.
-- The same token twice is one claim whose reply was lost: it gets the same answer again.
-- KEYS inbox, job, active, events
-- ARGV worker, id, sha1 of the element, token, lease in ms, element with its id added ('' as it is),
-- owner ('gateway' | '')
-- Returns {'claimed', fence, attempts, stalls, began, first began} | {'duplicate', status} | {'gone'}
local status, token, retryable = unpack(redis.call('HMGET', KEYS[2], 'status', 'token', 'retryable'))
local function answer()
  local job = redis.call('HMGET', KEYS[2], 'fence', 'attempts', 'stalls', 'started_at', 'first_seen')
  return {'claimed', job[1], job[2] or '0', job[3] or '0', job[4], job[5]}
end
if status == 'active' and token == ARGV[4] then return answer() end

local raw = redis.call('LINDEX', KEYS[1], 0)
if not raw or redis.sha1hex(raw) ~= ARGV[3] then return {'gone'} end
redis.call('LPOP', KEYS[1])

-- Waiting out a backoff counts as taken: a second copy must not cut it short. What a dead worker
-- held is given out by the sweep alone, which counts that death.
local taken = status == 'active' or status == 'delayed'
local ended = status == 'completed' or status == 'cancelled'
if taken or ended or (status == 'failed' and retryable ~= '1') then
  redis.call('HINCRBY', KEYS[2], 'dups', 1)
  return {'duplicate', status}
end
if status == 'failed' then
  redis.call('HDEL', KEYS[2], 'attempts', 'stalls', 'result', 'code', 'finished_at', 'retryable')
end

local at = now()
redis.call('HINCRBY', KEYS[2], 'fence', 1)
redis.call('HSET', KEYS[2], 'status', 'active', 'worker', ARGV[1], 'token', ARGV[4],
  'raw', ARGV[6] == '' and raw or ARGV[6], 'owner', ARGV[7], 'started_at', at)
redis.call('HSETNX', KEYS[2], 'first_seen', at)
redis.call('PERSIST', KEYS[2])
redis.call('ZADD', KEYS[3], at + ARGV[5], ARGV[2])
tell(KEYS[4], 'active')
return answer()
