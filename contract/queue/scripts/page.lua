-- Reads part of a lane as it lies, without the text of what is too long to be a job: a few elements of many MB
-- must not be sent to somebody who only looks.
-- KEYS lane     ARGV first, last, most bytes
-- Returns {length of the lane, bytes, element or '', bytes, element, …}
local answers = {redis.call('LLEN', KEYS[1])}
for _, raw in ipairs(redis.call('LRANGE', KEYS[1], ARGV[1], ARGV[2])) do
  table.insert(answers, #raw)
  table.insert(answers, #raw > tonumber(ARGV[3]) and '' or raw)
end
return answers
