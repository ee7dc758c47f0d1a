-- Limits: counts of requests and failed guesses, shared by all servers.
--
-- They are neither events nor a read table: a count changes with every login, matters for minutes or
-- weeks, and cannot be derived from history. Their own schema keeps them out of replay, verify and rebuild.
-- What is counted, and the limits, are in src/platform/rate-limits/.

create schema if not exists limits;
revoke all on schema limits from public;

-- A crash loses at most the last half second of counts, so a login need not wait for the disk. (An
-- unlogged table would lose all counts in a crash, and a standby would have none.)
create or replace function limits.commit_lazily() returns trigger
language plpgsql
as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  return null;
end
$$;

-- The columns are those of rate-limiter-flexible, in its order: it inserts without naming them. The keys
-- sort byte by byte, so that all counts of an account are found by a prefix. Each page has free space,
-- so that an update stays on its page and touches no index.
-- Made at once and left alone afterwards, so that counting never waits for an install.
do $$
begin
  if to_regclass('limits.counts') is not null then
    return;
  end if;
  create table limits.counts (
    key varchar(255) collate "C" constraint counts_pkey primary key,
    points int not null,
    expire bigint
  ) with (fillfactor = 70);
  comment on table limits.counts is
    'How often, and until when that counts (ms since 1970). Keys are keyed hashes: no address is stored.';
  create index counts_expire on limits.counts (expire);
  create trigger counts_commit_lazily
    before insert or update or delete on limits.counts
    for each statement execute function limits.commit_lazily();
end
$$;

-- Users sometimes type a password in place of their address, so keys must not be guessable from a dump of
-- the counts alone. They are hashed with this secret: 244 random bits that all servers share.
create table if not exists limits.secret (
  only_one boolean default true
    constraint secret_pkey primary key
    constraint secret_only_one_check check (only_one),
  bytes bytea not null
);
comment on table limits.secret is 'The key of the hashes in limits.counts, generated once.';
insert into limits.secret (bytes)
select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
on conflict do nothing;
