//! What Redis does in one step. A script of Redis is not interrupted by anybody.

/// KEYS: the stream. ARGV: where it has to end, the most entries, the channel, then id, place before, code
/// and text of each entry. Answers how many were taken and how long the stream is; -1 where it ends
/// elsewhere. An id that is not above the last one is refused by Redis itself, with an error: so is one below
/// where somebody has set the end of the stream. `XINFO` would say that too, and takes twice as long here.
pub(super) const APPEND: &str = r"
local last, length = '0-0', redis.call('XLEN', KEYS[1])
if length > 0 then last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][1] end
if last ~= ARGV[1] then return {-1, length} end
local taken, most = 0, tonumber(ARGV[2])
for at = 4, #ARGV, 4 do
  if length >= most then break end
  redis.call('XADD', KEYS[1], ARGV[at], 'before', ARGV[at + 1], 'mac', ARGV[at + 2], 'text', ARGV[at + 3])
  redis.call('PUBLISH', ARGV[3], ARGV[at + 3])
  taken, length = taken + 1, length + 1
end
return {taken, length}
";

/// KEYS: the lease, its counter. ARGV: who, for how many milliseconds, above which token. Answers the token,
/// or -1 where it is somebody else's. A token is never given twice.
pub(super) const LEND: &str = r"
local held = redis.call('GET', KEYS[1])
local token = 0
if held then
  local who
  who, token = string.match(held, '^(.*) (%d+)$')
  if who ~= ARGV[1] then return '-1' end
end
local function above(a, b) return #a > #b or (#a == #b and a > b) end
token = tostring(token)
if not held or not above(token, ARGV[3]) then
  local last = redis.call('GET', KEYS[2]) or '0'
  if above(ARGV[3], last) then redis.call('SET', KEYS[2], ARGV[3]) end
  redis.call('INCR', KEYS[2])
  token = redis.call('GET', KEYS[2])
end
if held then
  redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. token, 'PX', ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. token, 'NX', 'PX', ARGV[2])
end
return token
";

/// KEYS: the lease. ARGV: who gives it back.
pub(super) const GIVE_BACK: &str = r"
local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^(.*) %d+$') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
";
