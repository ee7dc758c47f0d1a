// What the peers of the bench "peers" have in their databases: the read row of messages with the same columns, keys
// and indexes as Epistle's, the same number of messages, and for PostGraphile a function that returns a page by the
// fastest query we found.
import { content } from './actor.ts'
import { type ScratchServer, withClient } from './scratch-server.ts'

const schema = `
  create table users (id uuid primary key);
  create table messages (
    id uuid primary key default gen_random_uuid(),
    src_id uuid not null references users,
    dst_id uuid not null references users,
    content text not null,
    sent_at timestamptz not null default now(),
    position bigint not null generated always as identity
  );
  create index on messages (src_id, position);
  create index on messages (dst_id, position);
  create index on messages (least(src_id, dst_id), greatest(src_id, dst_id), position);
  comment on table users is '@behavior -*';
  create function page(reader uuid) returns setof messages language sql stable as $$
    (select * from messages where src_id = $1 order by position desc limit 50)
    union all
    (select * from messages where dst_id = $1 and src_id <> $1 order by position desc limit 50)
    order by position desc limit 50
  $$`

/** Creates a database with these users, and so many messages between them; returns its URL. */
export async function createPeerDatabase(
  server: ScratchServer,
  name: string,
  users: readonly string[],
  messages: number,
): Promise<string> {
  const url = await server.database(name)
  await withClient(url, async (client) => {
    await client.query(schema)
    await client.query('insert into users select unnest($1::uuid[])', [users])
    await client.query(
      `insert into messages (id, src_id, dst_id, content)
       select gen_random_uuid(), ($1::uuid[])[ceil(random() * $2::int)],
         ($1::uuid[])[ceil(random() * $2::int)], $3
       from generate_series(1, $4::int)`,
      [users, users.length, content, messages],
    )
    await client.query('vacuum analyze')
    await client.query('checkpoint')
  })
  return url
}
