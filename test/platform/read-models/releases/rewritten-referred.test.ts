// A table that history refuses is written anew while another that refers to it is building, too: both
// begin anew, and both are whole in the end.
import t from 'tap'
import { append, messageSent, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { damages } from '../../../support/read-models/agreement.ts'
import { contentsOf } from '../../../support/read-models/contents.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'
import { letters } from '../../../support/read-models/example-release.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const releases = await copyReleases(t)
const { directory, next: n } = releases
const [receivers, letter] = [`receivers_${n}`, `letters_${n}`]

const { rows } = await db.query<{ type: string }>(
  `select type from log.event_types where type <> 'message_sent_3' order by type`,
)
const ignored = rows.map(({ type }) => `log.${type}`).join(', ')

/** An identity table of those who got letters; `again` is what becomes of their second. */
const receiving = (again: string) => `
  create table ${receivers} (id uuid constraint ${receivers}__known primary key);
  create function ${receivers}_on(event log.message_sent_3) returns void language plpgsql
  as $$ begin insert into ${receivers} values (event.dst_id) ${again}; end $$;
  create function ${receivers}_ignores(${ignored}) returns void language sql as '';`

const [ann, bob] = [idOf(1), idOf(2)]
await append(db, [userRegistered(ann), userRegistered(bob)])
await append(db, [messageSent(idOf(10), ann, bob), messageSent(idOf(11), ann, bob)])
await releases.add({
  [receivers]: receiving(''),
  [letter]: await letters(db, n, {
    more: `constraint ${letter}__receiver foreign key (dst_id) references ${receivers}`,
  }),
})
await t.rejects(installInto(url, { directory }), { name: 'BuildError' })

t.test('the one that refers to it begins anew with it, and both are whole', async (t) => {
  await releases.add({ [receivers]: receiving('on conflict do nothing') })
  const said = (await installInto(url, { directory })).join('\n')
  t.match(said, `${letter} refers to ${receivers}, so its build starts over, too`)
  t.match(said, `${receivers}.sql was rewritten after ${receivers} could not be built`)
  t.equal((await contentsOf(db, receivers)).length, 1)
  t.equal((await contentsOf(db, letter)).length, 2)
  t.strictSame(await damages(db, directory), [])
})
