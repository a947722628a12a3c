-- What every script begins with: the one clock, and the steps that several of them share.
-- `redis-scripts.ts` puts the lifetimes of `keys.ts` before it, as constants.

-- Redis's own time in ms: no worker's clock is ever asked.
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Redis says that its memory is full before a script's first write alone. That is this one, of nothing, for which no
-- memory is asked: a worker must be able to empty a queue that can take no more.
local function even_full(remove, key)
  redis.call(remove, key, '')
end

local function tell(events, type, data)
  redis.call('XADD', events, 'MAXLEN', '~', EVENTS_KEPT, '*', 'type', type, 'data', data or '')
  redis.call('PEXPIRE', events, EVENTS_MS)
end

-- To the end that is taken from, so that what was begun is next.
local function push_front(queue, side, raw)
  redis.call(side == 'LEFT' and 'LPUSH' or 'RPUSH', queue, raw)
end

-- State, acknowledgement and what is now owed are one step: a callback, or to the gateway, whose job it
-- is, the news. The hash has no lifetime until either was delivered (callback-answer.lua).
local function settle(keys, id, status, code, result)
  redis.call('HSET', keys.job, 'status', status, 'code', code, 'result', result, 'finished_at', now())
  redis.call('HDEL', keys.job, 'worker', 'token', 'cancel', 'callbacks')
  redis.call('ZREM', keys.active, id)
  local isGateways = redis.call('HGET', keys.job, 'owner') == 'gateway'
  redis.call('ZADD', isGateways and keys.settlements or keys.outbox, now(), id)
  tell(keys.events, status, code)
end

local function bury(dead, letter)
  letter.at = now()
  redis.call('RPUSH', dead, cjson.encode(letter))
end
