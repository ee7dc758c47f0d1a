// An example release in SQL alone: users get a display name. It brings a new version of an event with
// its casts, and a read table of the new shape. Its number is that of the next release.
import { ignores } from '../event-types.ts'

/** The files of release `n`, by name; `others` are the event types that its read table ignores. */
export function displayNames(n: number, others: readonly string[]): Record<string, string> {
  return {
    [`user_registered_${n}`]: registration(`user_registered_${n}`),
    [`users_${n}`]: usersTable(`users_${n}`, `user_registered_${n}`, others),
  }
}

function registration(event: string): string {
  return `
      create table log.${event} (
        id uuid not null,
        email text not null,
        password_hash text not null,
        username text,
        display_name text not null,
        recorded_at timestamptz not null,
        position bigint constraint ${event}_pkey primary key
      );
      call log.event_table('${event}', aggregate => 'user', stream => 'id');

      create function log.${event}(event log.user_registered_1) returns log.${event}
      language sql immutable
      as $$ select event.id, event.email, event.password_hash, event.username,
        coalesce(event.username, split_part(event.email, '@', 1)), event.recorded_at,
        event.position $$;

      create function log.user_registered_1(event log.${event}) returns log.user_registered_1
      language sql immutable
      as $$ select event.id, event.email, event.password_hash, event.username, event.recorded_at,
        event.position $$;`
}

function usersTable(users: string, event: string, others: readonly string[]): string {
  return `
      create table ${users} (
        id uuid constraint ${users}_pkey primary key references user_ids_0,
        password_hash text not null,
        display_name text not null,
        position bigint not null
      );
      create function ${users}_on(event log.${event}) returns void language plpgsql
      as $$ begin
        insert into ${users} (id, password_hash, display_name, position)
        values (event.id, event.password_hash, event.display_name, event.position);
      end $$;
      create function ${users}_on(event log.password_changed_2) returns void language plpgsql
      as $$ begin
        update ${users} set password_hash = event.password_hash where id = event.user_id;
      end $$;
      ${ignores(users, others)}`
}
