-- What is known of some jobs, with times as what has passed or is left: no reader's clock is asked.
-- KEYS active, delayed, outbox, then the job of each id in ARGV     ARGV ids
-- Returns for each {status or '' where there is no such job, fence, attempts, stalls, cancel, worker, code,
-- callbacks tried, ms since it was seen, since it began, since it ended, until its lease lapses or its delay
-- is over, until its callback}, each '' where there is none
local at = now()
local function since(time) return time and at - time or '' end
local function left(set, id)
  local time = redis.call('ZSCORE', set, id)
  return time and time - at or ''
end
local answers = {}
for i, id in ipairs(ARGV) do
  local job = redis.call('HMGET', KEYS[i + 3], 'status', 'fence', 'attempts', 'stalls', 'cancel', 'worker',
    'code', 'callbacks', 'first_seen', 'started_at', 'finished_at')
  local set = job[1] == 'active' and KEYS[1] or KEYS[2]
  local answer = {}
  for field = 1, 8 do answer[field] = job[field] or '' end
  for field = 9, 11 do answer[field] = since(job[field]) end
  answer[12], answer[13] = left(set, id), left(KEYS[3], id)
  answers[i] = answer
end
return answers
