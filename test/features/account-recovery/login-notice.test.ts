// A login from a device that its user has not used for 90 days is mailed to them, once, with a link that ends the session.
import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import { createSessionUses } from '../../../src/features/sessions/session-uses.ts'
import { openPool } from '../../support/domain.ts'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { linkIn } from '../../support/smtp-server.ts'

const service = await servedWithMail(t)
const { client, arrive, mailsTo, untilNoTasksLeft, mails, owner, send, databaseUrl } = service
const worker = await service.startWorker()

const notice = /^New login to your Epistle account$/
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
const newerFirefox = firefox.replaceAll('128', '131')
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
  'Version/17.5 Mobile/15E148 Safari/604.1'

/** A user with a verified address, who registered and logged in with this test's client. */
async function verified(name: string) {
  const user = await arrive(name)
  const [mail] = await mailsTo(user.email, /^Confirm your e-mail address/)
  const { token } = linkIn(mail ?? {})
  await client().POST('/email-verifications', { body: { token } })
  return user
}

/** Logs in with a `User-Agent`; returns the token of the session. */
async function logIn(email: string, userAgent: string, server = service.server.url) {
  const response = await fetch(`${server}/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': userAgent },
    body: JSON.stringify({ email, password }),
  })
  const body = (await response.json()) as { id: string; token: string }
  return { ...body, status: response.status }
}

/** The notices to an address so far. */
async function noticesTo(email: string) {
  await untilNoTasksLeft()
  return mails.filter(
    ({ recipients, subject = '' }) => recipients.includes(email) && notice.test(subject),
  )
}

async function linkTo(email: string, count = 1): Promise<string> {
  const newest = (await mailsTo(email, notice, count)).at(-1)
  return linkIn(newest ?? {}).token
}

const revoke = (token: string, resetPassword?: boolean) =>
  client().POST('/session-revocations', {
    body: { token, ...(resetPassword !== undefined && { resetPassword }) },
  })
const isActive = async (token: string) =>
  (await client(token).GET('/users/me')).response.status === 200

t.test('A login from another device is mailed, and the link ends that session alone', async (t) => {
  const ada = await verified('ada')
  t.strictSame(await noticesTo(ada.email), [], 'the first login is none')
  const thief = await logIn(ada.email, firefox)
  const [mail] = await mailsTo(ada.email, notice)
  t.match(mail?.text, /Firefox, Linux, on \w+ \d+, \d\d:\d\d UTC\./)
  t.match(mail?.text, /epistle\.example\/end-session\?lang=en#token=[\w-]{43}\n/)
  t.notMatch(mail?.text, /ada|127\.0/, 'neither an address nor a name')
  await logIn(ada.email, firefox)
  await logIn(ada.email, newerFirefox)
  t.equal((await noticesTo(ada.email)).length, 1, 'one for a device, whatever its version')
  const { token } = linkIn(mail ?? {})
  const ended = await revoke(token)
  t.equal(ended.response.status, 204)
  t.ok(ended.response.headers.get('epistle-position'))
  t.strictSame([await isActive(thief.token), await isActive(ada.token)], [false, true])
  t.equal((await revoke(token)).error?.code, 'invalid_token', 'a link works once')
  t.equal((await revoke('unknown')).error?.code, 'invalid_token')
  const history = await ada.client.GET('/users/me/history')
  t.ok(history.data?.items.some(({ type }) => type === 'session_ended'))
  await logIn(ada.email, firefox)
  await mailsTo(ada.email, notice, 2)
  t.pass('a login from the device that was not theirs is mailed again')
})

t.test(
  'With resetPassword, a link to choose a new password follows, also after the end',
  async (t) => {
    const bob = await verified('bob')
    const { id, token } = await logIn(bob.email, safari)
    const link = await linkTo(bob.email)
    await client(token).DELETE('/sessions/{id}', { params: { path: { id } } })
    const { response } = await revoke(link, true)
    t.equal(response.status, 204)
    t.equal(response.headers.get('epistle-position'), null, 'there was nothing to end')
    const [reset] = await mailsTo(bob.email, /^Reset your Epistle password/)
    const body = { token: linkIn(reset ?? {}).token, newPassword: 'the words of the owner' }
    t.equal((await client().POST('/password-resets/confirm', { body })).response.status, 204)
    t.notOk(await isActive(bob.token))
  },
)

t.test('Uses of one link at the same time end the session once', async (t) => {
  const cid = await verified('cid')
  const { token } = await logIn(cid.email, firefox)
  const link = await linkTo(cid.email)
  const all = await Promise.all(Array.from({ length: 4 }, () => revoke(link, true)))
  const statuses = all.map(({ response }) => response.status).sort()
  t.strictSame(statuses, [204, 422, 422, 422])
  t.notOk(await isActive(token))
  t.equal((await mailsTo(cid.email, /^Reset your Epistle password/)).length, 1)
})

t.test('Logins from one new device at once, on two servers, cause one mail', async (t) => {
  const dan = await verified('dan')
  const servers = [service.server.url, await service.another()]
  const logins = Array.from({ length: 8 }, (_, n) => logIn(dan.email, safari, servers[n % 2]))
  const statuses = (await Promise.all(logins)).map(({ status }) => status)
  t.ok(statuses.every((status) => status === 201))
  t.equal((await noticesTo(dan.email)).length, 1)
})

t.test('A device counts as unused after 90 days, and a use of its session keeps it', async (t) => {
  const eve = await verified('eve')
  const { id } = await logIn(eve.email, firefox)
  await mailsTo(eve.email, notice)
  const age = (days: number) =>
    owner.query(
      `update sessions.devices set used_at = now() - make_interval(days => $2) where user_id = $1`,
      [eve.user.id, days],
    )
  await age(91)
  const uses = createSessionUses(openPool(t, databaseUrl), { warn: () => undefined })
  uses.note(id)
  await uses.close()
  await logIn(eve.email, firefox)
  t.equal((await noticesTo(eve.email)).length, 1, 'its session was used')
  const { rows } = await owner.query('select from sessions.devices where user_id = $1', [
    eve.user.id,
  ])
  t.equal(rows.length, 1, 'the other device is forgotten')
  await age(91)
  await logIn(eve.email, firefox)
  t.equal((await noticesTo(eve.email)).length, 2)
  await age(89)
  await logIn(eve.email, firefox)
  t.equal((await noticesTo(eve.email)).length, 2)
})

t.test('An address that was never verified gets no notice', async (t) => {
  const fay = await arrive('fay')
  await logIn(fay.email, safari)
  t.strictSame(await noticesTo(fay.email), [])
})

t.test(
  'A session of an older server causes no mail, nor does the first login after it',
  async (t) => {
    const gus = await verified('gus')
    await owner.query('delete from sessions.devices where user_id = $1', [gus.user.id])
    await owner.query(
      `insert into log.session_started_0 (id, user_id, token_hash, expires_at) values ($1, $2, $3, now() + interval '1 day')`,
      [randomUUID(), gus.user.id, randomBytes(32)],
    )
    await logIn(gus.email, firefox)
    t.strictSame(await noticesTo(gus.email), [])
    await logIn(gus.email, safari)
    t.equal((await noticesTo(gus.email)).length, 1)
  },
)

t.test('No mail contains what a client sends as its name', async (t) => {
  const hal = await verified('hal')
  await logIn(hal.email, 'Visit evil.example now/1.0 (please) x/1')
  const [mail] = await mailsTo(hal.email, notice)
  t.match(mail?.text, /for a while: –, on /)
  t.notMatch(`${mail?.text}${mail?.html}`, /evil/)
  await logIn(hal.email, 'curl/8.5.0')
  await mailsTo(hal.email, notice, 2)
  await logIn(hal.email, 'curl/8.6.0')
  t.equal((await noticesTo(hal.email)).length, 2, 'a program is a device, too')
})

t.test('An export contains the pseudonym of the device, and no token', async (t) => {
  const ida = await verified('ida')
  await logIn(ida.email, safari)
  await linkTo(ida.email)
  const response = await send('/users/me/export', { token: ida.token })
  const devices = (await response.text())
    .split('\n')
    .filter((line) => line.includes('"session_started"'))
    .map((line) => JSON.parse(line).request.device)
  t.equal(new Set(devices).size, 2)
  for (const device of devices) t.match(device, /^[0-9a-f]{32}$/)
})

t.test(
  'A notice that another worker sends again has another token; one use ends both',
  async (t) => {
    const joe = await verified('joe')
    await logIn(joe.email, firefox)
    const [first] = await mailsTo(joe.email, notice)
    await untilNoTasksLeft()
    await worker.close()
    // As if the first worker had died before it deleted the task.
    await owner.query(
      `insert into work.tasks (process, cause, data)
     select 'login_notice_16', event.id, jsonb_build_object('userId', user_id, 'sessionId', session_id)
     from sessions.revocation_tokens join log.events event on stream_id = session_id and stream_version = 1
     where user_id = $1`,
      [joe.user.id],
    )
    await service.startWorker()
    const [, second] = await mailsTo(joe.email, notice, 2)
    t.equal(second?.messageId, first?.messageId, 'mail programs recognize it')
    const tokens = [linkIn(first ?? {}).token, linkIn(second ?? {}).token]
    t.equal(new Set(tokens).size, 2)
    t.equal((await revoke(tokens[0] ?? '')).response.status, 204)
    t.equal((await revoke(tokens[1] ?? '')).error?.code, 'invalid_token')
  },
)
