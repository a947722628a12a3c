-- Gives the next sweep to whoever asks first, also while Redis can take no more: then above all must what dead
-- workers held be given out.
-- KEYS sweep, workers     ARGV for how long nobody else has it, in ms
-- Returns 1 | 0
even_full('ZREM', KEYS[2])
return redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) and 1 or 0
