// Every new user gets one message from the service's own user, however many workers run or die.
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { createTokenSource } from '../../../src/features/account-recovery/token-source.ts'
import { listMessages } from '../../../src/features/messages/queries.ts'
import { profileFinder, serviceUserId } from '../../../src/features/users/queries.ts'
import { unlimitedMails } from '../../../src/platform/mail/mail-quotas.ts'
import type { Task } from '../../../src/platform/task-queue/task.ts'
import { createHandlers } from '../../../src/process-managers.ts'
import { letters } from '../../support/domain.ts'
import { idOf } from '../../support/ids.ts'
import { readProcesses } from '../../support/process-managers.ts'
import { openDomainWithMail } from '../../support/working.ts'

const { db, pool, store, register, logIn, startWorker, untilNoTasksLeft } =
  await openDomainWithMail(t)
const page = { order: 'desc', fetch: 10 } as const
const inbox = (userId: string) => listMessages(pool, { userId, box: 'inbox' }, page)

/** The handlers of a worker that the test calls itself. */
function handlersWith(env: Record<string, string>) {
  const config = loadConfig({ ARGON2_MEMORY_KIB: '1024', ...env })
  const sendMail = () => Promise.reject(new Error('an unexpected mail'))
  const tokens = createTokenSource()
  const forgetLeft = async () => false
  const given = {
    pool,
    store,
    sendMail,
    letters,
    mayMail: unlimitedMails,
    tokens,
    publicUrl: '',
    forgetLeft,
  }
  return createHandlers({ ...config, ...given })
}

t.test('The first registration also registers the service’s own user', async (t) => {
  const ada = await register('ada')
  await Promise.all([startWorker(), startWorker()])
  await untilNoTasksLeft()
  t.match(await profileFinder(pool)(serviceUserId), { username: 'epistle', version: 1 })
  const [message, ...others] = await inbox(ada.id)
  t.match(message, { from: serviceUserId, to: ada.id, content: /^Welcome, ada!/ })
  t.strictSame(others, [])
  t.strictSame(await inbox(serviceUserId), [], 'the service’s user gets no welcome message')
})

t.test('The metadata of the welcome message names the registration as its cause', async (t) => {
  const { rows } = await db.query(
    `select m.metadata, r.id from log.events m
     join log.message_sent_3 on message_sent_3.position = m.position
     join log.events r on r.stream_id = dst_id and r.stream_version = 1`,
  )
  const [{ metadata, id }] = rows
  t.strictSame(metadata, { actor: serviceUserId, causationId: id })
})

t.test('A user without a username gets a welcome message without a name', async (t) => {
  await db.query(`insert into log.user_registered_0 values ($1, 'old@example.org', '-')`, [idOf(1)])
  await untilNoTasksLeft()
  t.match(await inbox(idOf(1)), [{ content: /^Welcome! This is Epistle/ }])
})

t.test('Each of many new users gets one welcome message', async (t) => {
  const people = await Promise.all([...Array(20).keys()].map((n) => register(`person${n}`)))
  await untilNoTasksLeft()
  for (const { id, username } of people) {
    const messages = await inbox(id)
    t.equal(messages.length, 1, username)
  }
})

t.test('A welcome task that runs again sends no second message', async (t) => {
  const bob = await register('bob')
  await untilNoTasksLeft()
  const { welcome = '' } = await readProcesses(db)
  const { rows } = await db.query('select id from log.events where stream_id = $1', [bob.id])
  const { append: handlers } = handlersWith({})
  const task = { id: idOf(2), process: welcome, cause: rows[0].id, data: { userId: bob.id } }
  const again = { ...task, askedAt: new Date(), attempts: 0 } as Task
  await Promise.all([handlers[welcome]?.(again), handlers[welcome]?.(again)])
  t.equal((await inbox(bob.id)).length, 1)
})

t.test('The welcome message is WELCOME_MESSAGE, or names PRODUCT_NAME, or is off', async (t) => {
  const cid = await register('cid')
  await untilNoTasksLeft()
  const { welcome = '' } = await readProcesses(db)
  /** Welcomes the user once more, as after another registration. */
  const sent = async (n: number, env: Record<string, string>) => {
    const task = { id: idOf(n), process: welcome, cause: idOf(n), data: { userId: cid.id } }
    const before = (await inbox(cid.id)).length
    await handlersWith(env).append[welcome]?.({ ...task, askedAt: new Date(), attempts: 0 } as Task)
    const messages = await inbox(cid.id)
    return messages.slice(0, messages.length - before).map(({ content }) => content)
  }
  t.strictSame(await sent(10, { WELCOME_MESSAGE: 'Hi {username}, $& {product}' }), [
    'Hi cid, $& {product}',
  ])
  t.match(await sent(11, { PRODUCT_NAME: 'Pigeon Post' }), [
    /^Welcome, cid! This is Pigeon Post\. /,
  ])
  t.strictSame(await sent(12, { WELCOME_MESSAGE: 'off' }), [])
})

t.test(
  'A user who blocked the service’s user gets no welcome message, and the task is not retried',
  async (t) => {
    await db.query('begin')
    await db.query(`insert into log.user_registered_0 values ($1, 'shy@example.org', '-')`, [
      idOf(3),
    ])
    await db.query('insert into log.user_blocked_6 (id, user_id, blocked_id) values ($1, $2, $3)', [
      idOf(4),
      idOf(3),
      serviceUserId,
    ])
    await db.query('commit')
    await untilNoTasksLeft()
    t.strictSame(await inbox(idOf(3)), [])
  },
)

t.test('A login as the service’s user is rejected', async (t) => {
  await t.rejects(logIn('epistle@localhost'), { code: 'invalid_credentials' })
  await t.rejects(logIn('epistle@localhost', ''), { code: 'invalid_credentials' })
})
