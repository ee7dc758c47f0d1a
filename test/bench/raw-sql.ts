// Raw SQL: the reference without a serial log and without HTTP. Each transaction inserts one row into a plain
// table of events, with a prepared statement through pg; a row trigger writes a read row with two foreign
// keys. To serve the same reads as Epistle, a program needs three more indexes, so those are measured, too.
import type { ClientBase } from 'pg'
import { uuidV7 } from '../../src/platform/event-store/uuid-v7.ts'
import { content, oneOf } from './actor.ts'
import { type Measured, measureSql } from './rate.ts'
import { type ScratchServer, withClient } from './scratch-server.ts'

const schema = `
  create table users (id uuid primary key);
  create table message_sent (
    position bigint generated always as identity primary key,
    id uuid not null unique,
    src_id uuid not null,
    dst_id uuid not null,
    content text not null,
    recorded_at timestamptz not null default now()
  );
  create table messages (
    id uuid primary key,
    src_id uuid not null references users,
    dst_id uuid not null references users,
    content text not null,
    sent_at timestamptz not null,
    position bigint not null
  );
  create function project() returns trigger language plpgsql as $$
    begin
      insert into messages (id, src_id, dst_id, content, sent_at, position)
      values (new.id, new.src_id, new.dst_id, new.content, new.recorded_at, new.position);
      return null;
    end $$;
  create trigger project after insert on message_sent for each row execute function project()`

/** The indexes of messages_10. */
const indexes = `
  create index on messages (src_id, position);
  create index on messages (dst_id, position);
  create index on messages (least(src_id, dst_id), greatest(src_id, dst_id), position)`

export const insert = {
  name: 'insert',
  text: `insert into message_sent (id, src_id, dst_id, content) values ($1, $2, $3, $4)
         returning position, recorded_at`,
}

export interface RawSql {
  readonly measure: (connections: number, milliseconds: number) => Promise<Measured>
}

/** The same, and where a server can insert, too. */
interface RawDatabase extends RawSql {
  readonly url: string
  readonly users: readonly string[]
}

/** Creates a database with so many users and nothing else. */
export async function prepareRawSql(
  server: ScratchServer,
  users: number,
  indexed: boolean,
): Promise<RawDatabase> {
  const ids = Array.from({ length: users }, uuidV7)
  const url = await createRawSql(server, indexed ? 'raw_sql_indexed' : 'raw_sql', ids, indexed)
  const send = (client: ClientBase) =>
    client.query({ ...insert, values: [uuidV7(), oneOf(ids), oneOf(ids), content] })
  return {
    url,
    users: ids,
    measure: (connections, milliseconds) =>
      measureSql(url, Array(connections).fill(send), milliseconds),
  }
}

/** Creates a database with these tables and users; returns its URL. */
export async function createRawSql(
  server: ScratchServer,
  name: string,
  users: readonly string[],
  indexed: boolean,
): Promise<string> {
  const url = await server.database(name)
  await withClient(url, async (client) => {
    await client.query(schema)
    if (indexed) await client.query(indexes)
    await client.query('insert into users select unnest($1::uuid[])', [users])
    await client.query('vacuum analyze')
  })
  return url
}
