// A release that does not exist: letters, of which nobody may get two of the same content, a rule
// that messages do not have. So there can be history that it refuses.
import type { ClientBase } from 'pg'

export interface ExampleTable {
  /** The columns that must be unique together; none where there is no rule. */
  readonly unique?: string
  /** The columns of the primary key; `id` where nothing else is said. */
  readonly key?: string
  /** Further columns and constraints, which the projection leaves to their defaults. */
  readonly more?: string
  /** What the projection does before anything else, e.g. wait. */
  readonly first?: string
}

/** The file of the read table `letters_<n>`, for a database that has these event types. */
export async function letters(db: ClientBase, n: number, letters: ExampleTable) {
  const { unique, key = 'id', more, first = '' } = letters
  const { rows } = await db.query<{ type: string }>(
    `select type from log.event_types where type <> 'message_sent_3' order by type`,
  )
  const ignored = rows.map(({ type }) => `log.${type}`).join(', ')
  const rule = unique ? `, constraint letters_${n}__letter_repeated unique (${unique})` : ''
  return `
    create table letters_${n} (
      id uuid not null,
      dst_id uuid not null constraint letters_${n}__recipient_unknown references user_ids_0,
      content text not null,
      position bigint not null,
      constraint letters_${n}_pkey primary key (${key})
      ${rule}
      ${more ? `, ${more}` : ''}
    );
    create function letters_${n}_on(events log.message_sent_3[]) returns void language plpgsql
    as $$ begin
      ${first}
      insert into letters_${n} select id, dst_id, content, position from unnest(events);
    end $$;
    create function letters_${n}_ignores(${ignored}) returns void language sql as '';`
}
