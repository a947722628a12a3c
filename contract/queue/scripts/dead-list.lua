-- Reads dead letters, each with its name: the hash of its bytes, which survives what is not UTF-8.
-- KEYS dead     ARGV first, last
-- Returns {name, letter as JSON, name, letter, …}, oldest first
local answers = {}
for _, letter in ipairs(redis.call('LRANGE', KEYS[1], ARGV[1], ARGV[2])) do
  table.insert(answers, redis.sha1hex(letter))
  table.insert(answers, letter)
end
return answers
