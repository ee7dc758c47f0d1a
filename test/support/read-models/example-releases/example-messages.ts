// An example read table of messages with a rule that the real ones do not have, e.g. that no recipient
// gets the same content twice. So the log can contain events that it refuses.
import type { ClientBase } from 'pg'
import { eventTypes, ignores } from '../event-types.ts'

export interface ExampleOptions {
  /** The columns that must be unique together; no rule when absent. */
  readonly unique?: string
  /** The columns of the primary key; `id` when absent. */
  readonly key?: string
  /** Further columns and constraints; the projection leaves the columns to their defaults. */
  readonly more?: string
  /** Statements with which the projection begins, e.g. to wait. */
  readonly first?: string
}

/** The file of the read table `example_messages_<n>`, for a database with exactly its event types. */
export async function exampleMessages(db: ClientBase, n: number, options: ExampleOptions) {
  const { unique, key = 'id', more, first = '' } = options
  const table = `example_messages_${n}`
  const rule = unique ? `, constraint ${table}__message_repeated unique (${unique})` : ''
  return `
    create table ${table} (
      id uuid not null,
      dst_id uuid not null constraint ${table}__recipient_unknown references user_ids_0,
      content text not null,
      position bigint not null,
      constraint ${table}_pkey primary key (${key})
      ${rule}
      ${more ? `, ${more}` : ''}
    );
    create function ${table}_on(events log.message_sent_3[]) returns void language plpgsql
    as $$ begin
      ${first}
      insert into ${table} select id, dst_id, content, position from unnest(events);
    end $$;
    ${ignores(table, await eventTypes(db, /^message_sent_3$/))}`
}
