import { createHash } from 'node:crypto';
import { KEPT_AFTER_END_MS, RETRY_RESERVED_MS } from './ledger.ts';

/** A Lua script, and the hash that Redis knows it by. */
export type Script = { text: string; sha: string };

/** The braces keep all keys on one node of a cluster; the scripts add an account's name to the first. */
export const LEDGER_KEYS = [
  'sallyport:{ledger}:account:',
  'sallyport:{ledger}:open',
  'sallyport:{ledger}:leases',
] as const;

/** More than this many that ran out wait for the next script: one call must not hold up Redis. */
const SWEPT_AT_ONCE = 100;

/**
 * What the scripts share. An account is a hash of what is spent, what is reserved, and the window that both belong to
 * (`level` without one). A reservation is a list of [account, amount, window], as texts: Lua would write large numbers in fourteen digits.
 */
const SHARED = `
local prefix, open, leases = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function whole(number) return string.format('%.0f', number) end

local function finish(id, spent)
  redis.call('ZREM', leases, id)
  local held = redis.call('HGET', open, id)
  if not held then return end
  redis.call('HDEL', open, id)
  for place, entry in ipairs(cjson.decode(held)) do
    local key, amount, window = prefix .. entry[1], entry[2], entry[3]
    local kept = redis.call('HMGET', key, 'spent', 'reserved', 'window')
    if kept[3] == window then
      local reserved = tonumber(kept[2]) - tonumber(amount)
      if window ~= 'level' then
        local used = spent and (spent[place] or '0') or amount
        redis.call('HSET', key, 'reserved', whole(reserved), 'spent', whole(tonumber(kept[1]) + tonumber(used)))
      elseif reserved == 0 then
        redis.call('DEL', key)
      else
        redis.call('HSET', key, 'reserved', whole(reserved))
      end
    end
  end
end

local function sweep()
  local ended = redis.call('ZRANGEBYSCORE', leases, '-inf', whole(now), 'LIMIT', 0, ${SWEPT_AT_ONCE})
  for _, id in ipairs(ended) do finish(id) end
end
`;

/** ARGV: id, lease, and for each entry: name, amount, limit, forMs, until, spent before ('?': to be asked for). */
export const RESERVE = script(`
sweep()
local id, leaseMs = ARGV[1], tonumber(ARGV[2])
local entries, accounts, unknown = {}, {}, { 'unknown' }
for at = 3, #ARGV, 6 do
  local key = prefix .. ARGV[at]
  local account = accounts[key]
  if not account then
    local kept = redis.call('HMGET', key, 'spent', 'reserved', 'window')
    account = { spent = tonumber(kept[1] or 0), reserved = tonumber(kept[2] or 0), window = kept[3] }
    accounts[key] = account
  end
  local before = ARGV[at + 5]
  if before == '?' and not account.window then table.insert(unknown, #entries) end
  table.insert(entries, {
    name = ARGV[at], key = key, account = account, amount = tonumber(ARGV[at + 1]), limit = tonumber(ARGV[at + 2]),
    forMs = tonumber(ARGV[at + 3]), ends = tonumber(ARGV[at + 4]), before = tonumber(before),
  })
end
if #unknown > 1 then return unknown end

local function ensure(entry, spent)
  local account = entry.account
  if account.window then return end
  local forgotten
  account.spent, account.window = spent, 'level'
  if entry.forMs then account.window, forgotten = whole(now), now + entry.forMs end
  if entry.ends then
    account.window, forgotten = whole(entry.ends), math.max(entry.ends, now) + ${KEPT_AFTER_END_MS}
  end
  redis.call('HSET', entry.key, 'spent', whole(spent), 'reserved', '0', 'window', account.window)
  if forgotten then redis.call('PEXPIREAT', entry.key, whole(forgotten)) end
end

for place, entry in ipairs(entries) do
  if entry.before then ensure(entry, entry.before) end
  local account = entry.account
  local together = entry.amount + (account.asked or 0)
  if account.spent + account.reserved + together > entry.limit then
    local wait = ${RETRY_RESERVED_MS}
    if account.spent + entry.amount > entry.limit then
      if entry.ends then wait = entry.ends - now
      elseif entry.forMs then
        wait = redis.call('PTTL', entry.key)
        if wait < 0 then wait = entry.forMs end
      end
    end
    return { 'refused', place - 1, math.max(1, wait) }
  end
  account.asked = together
end

local held = {}
for _, entry in ipairs(entries) do
  ensure(entry, 0)
  redis.call('HINCRBY', entry.key, 'reserved', whole(entry.amount))
  table.insert(held, { entry.name, whole(entry.amount), entry.account.window })
end
if #held > 0 then
  redis.call('HSET', open, id, cjson.encode(held))
  redis.call('ZADD', leases, whole(now + leaseMs), id)
end
return { 'granted' }
`);

/** ARGV: id, what was spent of each entry. One that has run out, but was not swept yet, is still settled. */
export const SETTLE = script(`
finish(ARGV[1], { unpack(ARGV, 2) })
sweep()
`);

/** ARGV: lease, ids. Before the sweep, so that a process that was held up keeps what it can. */
export const RENEW = script(`
for at = 2, #ARGV do
  redis.call('ZADD', leases, 'XX', whole(now + tonumber(ARGV[1])), ARGV[at])
end
sweep()
`);

/** ARGV: names of accounts. Answers what is spent and reserved in each, one after the other. */
export const BALANCES = script(`
sweep()
local balances = {}
for _, name in ipairs(ARGV) do
  local kept = redis.call('HMGET', prefix .. name, 'spent', 'reserved')
  table.insert(balances, tonumber(kept[1] or 0))
  table.insert(balances, tonumber(kept[2] or 0))
end
return balances
`);

function script(body: string): Script {
  const text = SHARED + body;
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}
