// The triggers of the log as version 1.0.0 made them, with their conditions written out, and no functions for one event.
import type { ClientBase } from 'pg'

/**
 * Puts them on log.events and every event table, and records them as an install of that version did. The guard of
 * headers queues no check then: the trigger of each header does.
 */
export async function putEarlierTriggers(db: ClientBase): Promise<void> {
  const conditionOf = (setting: string) =>
    `when (current_setting('${setting}', true) is distinct from pg_current_xact_id()::text)`
  const { rows } = await db.query<{ type: string }>('select type from log.event_types')
  const guards = ['events', ...rows.map(({ type }) => type)].map((table) => {
    const guard = table === 'events' ? 'guard_headers' : `${table}_guard`
    return `create or replace trigger "00_guard" after insert on log.${table}
        referencing new table as appended for each statement ${conditionOf('epistle.appending')}
        execute function log.${guard}();
      alter table log.${table} enable always trigger "00_guard";`
  })
  await db.query(`begin; ${guards.join('')}
    create or replace trigger "00_append_lock" before insert on log.events for each statement
      ${conditionOf('epistle.append_lock')} execute function log.lock_appends();
    alter table log.events enable always trigger "00_append_lock", enable always trigger "00_row";
    create or replace function log.check_at_commit(p_position bigint) returns void language plpgsql as 'begin end';
    delete from engine.objects where kind = 'trigger' and name in ('00_guard', '00_append_lock', '00_row');
    call engine.record_objects(); commit`)
}

/** How many triggers of the log fire always and have a condition that is written out. */
export async function countEarlierTriggers(db: ClientBase): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from pg_trigger where tgrelid::regclass::text like 'log.%'
       and tgenabled = 'A' and pg_get_triggerdef(oid) ~ 'current_setting'`,
  )
  return rows[0]?.n ?? 0
}

/** Drops the functions that append and project one event, as a database of version 1.0.0 has none. */
export async function dropAppendsOfOne(db: ClientBase): Promise<void> {
  const { rows } = await db.query<{ routine: string }>(
    `select oid::regprocedure::text as routine from pg_proc
     where pronamespace = 'log'::regnamespace and proname ~ '^append1_|_alone$'`,
  )
  await db.query(`delete from engine.functions where name ~ '^append1_|_alone$';
    ${rows.map(({ routine }) => `drop function ${routine};`).join('')}`)
}

/** How many functions for one event the service role may call. */
export async function countAppendsOfOne(db: ClientBase): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from pg_proc where pronamespace = 'log'::regnamespace
       and proname like 'append1%' and has_function_privilege('epistle_service', oid, 'execute')`,
  )
  return rows[0]?.n ?? 0
}
