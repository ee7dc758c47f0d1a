// The file of a table whose build failed is rewritten while tables that refer to it are building, too: all
// builds start over, and all tables are complete in the end.
import t from 'tap'
import { append, messageSent, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { contentsOf } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { eventTypes, ignores } from '../../../support/read-models/event-types.ts'
import { exampleMessages } from '../../../support/read-models/example-releases/example-messages.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const releases = await copyReleases(t)
const { directory, next: n } = releases
const [receivers, messages] = [`receivers_${n}`, `example_messages_${n}`]
const mentions = `mentions_${n}`

const ignored = await eventTypes(db, /^message_sent_3$/)

/** An identity table of recipients; `again` is what happens at their second message. */
const receiversTable = (again: string) => `
  create table ${receivers} (id uuid constraint ${receivers}__known primary key);
  create function ${receivers}_on(event log.message_sent_3) returns void language plpgsql
  as $$ begin insert into ${receivers} values (event.dst_id) ${again}; end $$;
  ${ignores(receivers, ignored)}`

/** A table that refers to it by a look-up, without a foreign key. */
const mentionsTable = `
  create table ${mentions} (id uuid constraint ${mentions}_pkey primary key);
  create function ${mentions}_on(event log.message_sent_3) returns void language plpgsql
  as $$ begin
    insert into ${mentions} select event.id where exists (select from ${receivers} where id = event.dst_id);
  end $$;
  ${ignores(mentions, ignored)}`

const [ann, bob] = [idOf(1), idOf(2)]
await append(db, [userRegistered(ann), userRegistered(bob)])
await append(db, [messageSent(idOf(10), ann, bob), messageSent(idOf(11), ann, bob)])
await releases.add({
  [receivers]: receiversTable(''),
  [mentions]: mentionsTable,
  [messages]: await exampleMessages(db, n, {
    more: `constraint ${messages}__receiver foreign key (dst_id) references ${receivers}`,
  }),
})
await t.rejects(installInto(url, { directory }), { name: 'BuildError' })

t.test('Tables that refer to a rewritten one start over with it', async (t) => {
  await releases.add({ [receivers]: receiversTable('on conflict do nothing') })
  const said = (await installInto(url, { directory })).join('\n')
  for (const table of [messages, mentions]) {
    t.match(said, `${table} refers to ${receivers}, so its build starts over, too`)
  }
  t.match(said, `${receivers}.sql was rewritten after ${receivers} could not be built`)
  t.equal((await contentsOf(db, receivers)).length, 1)
  t.equal((await contentsOf(db, messages)).length, 2)
  t.equal((await contentsOf(db, mentions)).length, 2)
  t.strictSame(await damagedTables(db, directory), [])
})
