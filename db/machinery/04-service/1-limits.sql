-- Limits: counts of how often somebody asked or guessed, shared by all servers.
--
-- No events and no read table: a count changes with every login, is of interest for minutes or weeks, and
-- the history does not tell it. Hence a schema of its own, which replays, verify and rebuild never touch.
-- What is counted, and how far, is in src/platform/rate-limits/. Idempotent, as log.sql.

create schema if not exists limits;
revoke all on schema limits from public;

-- What a crash makes it forget is the last half second of counting; a login need not wait for the disk
-- for that. (Unlogged, it would forget everything then, and a standby would know nothing at all.)
create or replace function limits.commit_lazily() returns trigger
language plpgsql
as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  return null;
end
$$;

-- The columns are those of rate-limiter-flexible, in its order: it inserts without naming them. Sorted
-- byte by byte, so that all counts of an account are found by how their keys begin. Room is left on each
-- page, so that an update stays there and touches no index.
-- Made in one piece and left alone from then on: nobody who counts waits for an install.
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
    'How often, and until when that counts (ms since 1970). The keys are keyed hashes: no address is here.';
  create index counts_expire on limits.counts (expire);
  create trigger counts_commit_lazily
    before insert or update or delete on limits.counts
    for each statement execute function limits.commit_lazily();
end
$$;

-- People type passwords where their address belongs, so keys must not be guessable from a dump of the
-- counts alone: they are hashed with this, 244 random bits that all servers share.
create table if not exists limits.secret (
  only_one boolean default true
    constraint secret_pkey primary key
    constraint secret_only_one_check check (only_one),
  bytes bytea not null
);
comment on table limits.secret is 'The key of the hashes in limits.counts, made once.';
insert into limits.secret (bytes)
select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
on conflict do nothing;
