// A database in which all releases are live, and the means to damage its read tables as only a
// superuser can: without triggers and foreign keys.
import type pg from 'pg'
import { append, userRegistered } from '../../append-requests.ts'
import type { Finishing } from '../../database.ts'
import { idOf } from '../../ids.ts'
import { connect } from '../../installed.ts'
import { write } from '../../racing-writers.ts'
import { stepwiseDatabase } from '../../stepwise-database.ts'

export const users = Array.from({ length: 30 }, (_, n) => idOf(n + 1))

/** A database with thirty users who have usernames, and with random events of these users. */
export async function populatedDatabase(t: Finishing): Promise<{ url: string; db: pg.Client }> {
  const url = await stepwiseDatabase(t)
  const db = await connect(t, url)
  await append(
    db,
    users.map((id, n) => userRegistered(id, { username: `user${n}` })),
  )
  await write(db, 1, 60, users)
  return { url, db }
}

/**
 * Damage to a read table, and the differing rows that verify must find. No case damages a password:
 * a concurrent change of password would repair it before the test looks.
 */
export interface Damage {
  readonly title: string
  readonly table: string
  readonly sql: string
  /** The expected differences; empty where every row is missing. */
  readonly rows: readonly { kind: string; key: { id: string } }[]
}

const [one, two, three, four, five] = users as [string, string, string, string, string]
const row = (kind: string, id: string) => ({ kind, key: { id } })

/** Two users exchange their unique e-mail addresses and usernames. */
const swap = (a: string, b: string): string => `
  create temp table swapped as select * from read.users_2 where id in ('${a}', '${b}');
  delete from read.users_2 where id in ('${a}', '${b}');
  insert into read.users_2
    select s.id, o.email, s.password_hash, o.username, s.registered_at, s.position
    from swapped s join swapped o on o.id <> s.id;
  drop table swapped;`

export const damageCases: readonly Damage[] = [
  {
    title: 'rows deleted',
    table: 'users_2',
    sql: `delete from read.users_2 where id in ('${one}', '${two}')`,
    rows: [row('missing', one), row('missing', two)],
  },
  {
    title: 'a row added',
    table: 'users_2',
    sql: `insert into read.users_2 values ('${idOf(999)}', 'x@x.org', 'x', null, now(), 1)`,
    rows: [row('extra', idOf(999))],
  },
  {
    title: 'rows altered',
    table: 'users_0',
    sql: `update read.users_0 set registered_at = 'epoch' where id in ('${one}', '${three}')`,
    rows: [row('different', one), row('different', three)],
  },
  {
    title: 'a value replaced by null',
    table: 'users_1',
    sql: `update read.users_1 set username = null where id = '${two}'`,
    rows: [row('different', two)],
  },
  {
    title: 'unique values swapped between rows',
    table: 'users_2',
    sql: swap(one, two),
    rows: [row('different', one), row('different', two)],
  },
  {
    title: 'all of these kinds at once',
    table: 'users_2',
    sql: `${swap(one, two)}
      delete from read.users_2 where id = '${three}';
      update read.users_2 set registered_at = 'epoch' where id = '${four}';
      insert into read.users_2 values ('${idOf(999)}', 'x@x.org', 'x', 'user2', now(), 1);
      update read.users_2 set id = '${idOf(998)}' where id = '${five}'`,
    rows: [
      row('different', one),
      row('different', two),
      row('missing', three),
      row('different', four),
      row('missing', five),
      row('extra', idOf(998)),
      row('extra', idOf(999)),
    ],
  },
  {
    title: 'a referenced identity deleted, and another added',
    table: 'user_ids_0',
    sql: `delete from read.user_ids_0 where id = '${one}';
      insert into read.user_ids_0 values ('${idOf(999)}')`,
    rows: [row('missing', one), row('extra', idOf(999))],
  },
  {
    title: 'every row deleted',
    table: 'user_ids_0',
    sql: 'delete from read.user_ids_0',
    rows: [],
  },
]

/** Runs SQL that damages a table, with foreign keys and triggers switched off. */
export async function damage(db: pg.Client, sql: string): Promise<void> {
  await db.query(`begin; set local session_replication_role = replica; ${sql}; commit`)
}
