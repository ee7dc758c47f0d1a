// `epistle forget`: the result that operators read, also after a restore.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { append, userRegistered } from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { appliedToOneUser } from '../support/restore/applied-ledger.ts'
import { epistle, finished } from '../support/service.ts'

const databaseUrl = await installedDatabase(t)
const db = await connect(t, databaseUrl)
await append(
  db,
  [1, 2, 3].map((n) => userRegistered(idOf(n))),
)
const ledger = join(t.testdir(), 'erasures.jsonl')

/** What the command prints for a ledger with these users. */
async function apply(...users: readonly number[]): Promise<string> {
  const lines = users.map((n) => ({ userId: idOf(n), kept: [], erasedAt: '2026-01-01' }))
  await writeFile(ledger, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const env = { DATABASE_URL: databaseUrl }
  return (await finished(epistle(t, ['forget', '--apply', ledger], { env }))).stdout
}

t.test('forget --apply prints how many users of a ledger it erased', async (t) => {
  t.equal(await apply(1), appliedToOneUser)
  t.equal(
    await apply(1, 2, 3, 4),
    '2 users are erased, 1 was erased before, 1 is not in this database\n',
  )
})

t.test(
  'forget is refused where an earlier erasure kept the text that it would erase',
  async (t) => {
    await append(db, [userRegistered(idOf(5))])
    const forget = (messages: string) => {
      const env = { DATABASE_URL: databaseUrl }
      return finished(epistle(t, ['forget', idOf(5), '--messages', messages], { env }))
    }
    t.match(await forget('author'), { code: 0, stdout: /are erased, at position/ })
    t.match(await forget('author'), { code: 0, stdout: /were erased before, at position/ })
    const { code, stdout, stderr } = await forget('content')
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, 'the data were erased before, but the text of the messages stays')
  },
)

t.test('forget --apply names users whose text an earlier erasure kept', async (t) => {
  await append(db, [userRegistered(idOf(6))])
  const env = { DATABASE_URL: databaseUrl }
  const run = (...args: string[]) => finished(epistle(t, ['forget', ...args], { env }))
  await run(idOf(6), '--messages', 'author')
  const apply = async (kept: readonly string[]) => {
    const line = { userId: idOf(6), kept, erasedAt: '2026-01-01' }
    await writeFile(ledger, `${JSON.stringify(line)}\n`)
    return run('--apply', ledger)
  }
  const stdout = '0 users are erased, 1 was erased before, 0 are not in this database\n'
  const same = await apply(['messages'])
  t.match(same, { code: 0, stdout })
  t.notMatch(same.stderr, idOf(6))
  const stays = `${idOf(6)} was erased before, but the text of the messages stays: that erasure kept it`
  t.match(await apply([]), { code: 1, stdout, stderr: stays })
  const { rows } = await db.query(
    'select result from work.act_results order by act_id desc limit 1',
  )
  t.match(rows[0].result, { alreadyErased: 1, textStays: 1 })
})
