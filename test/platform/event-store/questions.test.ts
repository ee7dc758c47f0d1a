// Questions in appends: each request of a batch gets its own answers, as of before the append.
import t from 'tap'
import { append } from '../../../src/platform/event-store/append.ts'
import { toAppendRequest } from '../../../src/platform/event-store/append-request.ts'
import { questionOf, statementOf } from '../../../src/platform/event-store/questions.ts'
import { Sockets } from '../../../src/platform/postgres/sockets.ts'
import { openServiceClient } from '../../../src/service-pool.ts'
import { annId, bobId } from '../../support/event-store/stories.ts'
import { sending, unknownId, writing } from '../../support/event-store/writing.ts'

const { url, owner, direct, start, holdAppends, untilAppendsWait } = await writing(t)

const messagesBetween = {
  name: 'messagesBetween',
  answer: `(select nullif(count(*), 0) from read.messages_10 m where m.src_id = a and m.dst_id = b)`,
}
const between = (...to: string[]) => ({
  question: messagesBetween,
  pairs: to.map((id) => [annId, id] as const),
})

/** Appends at once, with these questions, while the append lock is held: all but the first in one batch. */
async function inOneBatch(requests: readonly Parameters<typeof direct.appendAll>[]) {
  const { store } = start()
  const { release } = await holdAppends()
  const first = store.append(sending(bobId))
  await untilAppendsWait(1)
  const all = Promise.allSettled(requests.map((request) => store.appendAll(...request)))
  await release()
  await first
  return (await all).map((result) =>
    result.status === 'fulfilled' ? result.value.answers : result.reason.code,
  )
}

t.test('Each request of a batch gets its own answers, whatever the others append', async (t) => {
  await direct.append(sending(bobId))
  const answers = await inOneBatch([
    [[sending(bobId)], between(bobId)],
    [[sending(annId)]],
    [[sending(annId)], between(annId, bobId)],
  ])
  // The message that was sent before, and the first one of the writer, which the batch waited for.
  t.same(answers, [['2'], undefined, [null, '2']])
})

t.test('A batch of several events or with a rejected request gets answers, too', async (t) => {
  const answers = await inOneBatch([
    [[sending(annId), sending(annId)], between(annId)],
    [[sending(unknownId)], between(bobId)],
    [[sending(annId)], between(unknownId)],
  ])
  t.same(answers, [['2'], 'recipient_unknown', [null]])
})

t.test("The writer's connection never plans an append with a question again", async (t) => {
  const client = await openServiceClient(url, new Sockets())
  t.teardown(() => client.end())
  for (let call = 0; call < 10; call += 1)
    await append(client, [toAppendRequest([sending(bobId)], between(bobId))])
  const { rows } = await client.query(
    `select generic_plans, custom_plans from pg_prepared_statements where name like '%:messagesBetween:one'`,
  )
  t.same(rows, [{ generic_plans: '10', custom_plans: '0' }])
})

t.test('A single pair is asked without arrays', async (t) => {
  const ask = async (to: string) => {
    const { results } = await append(owner, [toAppendRequest([sending(bobId)], between(to))])
    return results[0] && 'answers' in results[0] ? results[0].answers : undefined
  }
  const question = questionOf([{ asks: between(bobId) }])
  t.notMatch(statementOf('one', 'f($1)', 1, question).text, /array|unnest/)
  const before = await ask(bobId)
  t.same(await ask(bobId), [`${Number(before?.[0]) + 1}`])
  t.same(await ask(unknownId), [null])
})

t.test('A statement without a question is the call alone', async (t) => {
  t.equal(statementOf('one', 'f($1)', 1).text, 'select f($1) as results')
})
