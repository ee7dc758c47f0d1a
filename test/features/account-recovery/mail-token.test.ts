// The mail token aggregate, and how the read table treats mails that are sent in another order than they were
// requested in.
import t from 'tap'
import { issueToken } from '../../../src/features/account-recovery/issue-token.ts'
import { mailToken } from '../../../src/features/account-recovery/mail-token.ts'
import {
  findMailToken,
  findRequestedEmail,
} from '../../../src/features/account-recovery/queries.ts'
import { verifyEmailByToken } from '../../../src/features/account-recovery/redeem-token.ts'
import { createTokenSource } from '../../../src/features/account-recovery/token-source.ts'
import { serviceUserId } from '../../../src/features/users/queries.ts'
import { openDomain } from '../../support/domain.ts'
import { given } from '../../support/given.ts'
import { idOf } from '../../support/ids.ts'

const purpose = 'password_reset'
const [id, userId] = [idOf(1), idOf(2)]
const expiresAt = new Date('2030-01-01T00:00:00.000Z')
const grant = { purpose } as const
const issue = { type: 'IssueToken', id, userId, grant, tokenHash: '\\x01', expiresAt } as const
const issued = {
  type: 'MailTokenIssued',
  data: { id, userId, purpose, tokenHash: '\\x01', expiresAt: expiresAt.toISOString() },
} as const

t.test('A mail gets one event for each user, whichever token a retry has', (t) => {
  t.strictSame(given(mailToken).when(issue), [issued])
  t.strictSame(given(mailToken, issued).when(issue), [])
  t.strictSame(given(mailToken, issued).when({ ...issue, tokenHash: '\\x02' }), [])
  const noMail = { userId: serviceUserId, tokenHash: '\\x02' }
  t.strictSame(given(mailToken, issued).when({ ...issue, ...noMail }), [], 'no longer due')
  const other = { userId: idOf(3), tokenHash: '\\x02' }
  t.match(given(mailToken, issued).when({ ...issue, ...other }), [{ data: other }])
  t.end()
})

t.test('One worker derives one token for a mail, two workers derive two', (t) => {
  const [one, other] = [createTokenSource(), createTokenSource()]
  const { token } = one(id, userId, expiresAt)
  t.equal(one(id, userId, expiresAt).token, token)
  t.not(one(userId, userId, expiresAt).token, token)
  t.not(one(id, id, expiresAt).token, token)
  t.not(one(id, userId, new Date(0)).token, token)
  t.not(other(id, userId, expiresAt).token, token)
  t.equal(Buffer.from(token, 'base64url').length, 32)
  t.end()
})

t.test('A mail requested earlier but sent later replaces no newer token', async (t) => {
  const { pool, store, ensureServiceUser, register } = await openDomain(t)
  const { id: userId } = await register('ada')
  const at = (minutes: number) => new Date(Date.now() + minutes * 60_000)
  const deps = { pool, store, ensureServiceUser, tokens: createTokenSource() }
  const isValid = async (token: string) => Boolean(await findMailToken(pool, token, purpose))
  const earlier = { id: idOf(11), userId, grant, expiresAt: at(10) } as const
  const later = { id: idOf(12), userId, grant, expiresAt: at(20) } as const
  const first = await issueToken(deps, earlier, null)
  t.ok(await isValid(first))
  const second = await issueToken(deps, later, null)
  t.strictSame(
    [await isValid(first), await isValid(second)],
    [false, true],
    'the newer mail replaces the older',
  )
  const tokens = createTokenSource()
  const late = await issueToken({ ...deps, tokens }, earlier, null)
  t.strictSame(
    [await isValid(late), await isValid(second)],
    [false, true],
    'the older mail is too late',
  )
  const beside = await issueToken({ ...deps, tokens }, later, null)
  t.strictSame(
    [await isValid(beside), await isValid(second)],
    [true, true],
    'one mail sent twice has two valid tokens',
  )
  t.notOk(
    await findMailToken(pool, second, 'email_verification'),
    'the token is valid for its purpose only',
  )
  const { rows } = await pool.query('select * from read.mail_tokens_8')
  t.equal(rows.length, 1, 'the second token is in no event')
})

t.test('A retry to a user who registered meanwhile has no token of the earlier user', async (t) => {
  const domain = await openDomain(t)
  const earlier = await domain.register('cid')
  const { id: userId } = await domain.register('dan')
  const expiresAt = new Date(Date.now() + 60_000)
  const mail = { id: idOf(41), grant, expiresAt } as const
  for (const tokens of [createTokenSource(), createTokenSource()]) {
    const deps = { ...domain, tokens }
    await issueToken(deps, { ...mail, userId: earlier.id }, null)
    const token = await issueToken(deps, { ...mail, userId }, null)
    t.match(await findMailToken(domain.pool, token, purpose), { userId })
  }
})

t.test('A verification token issued after the address was verified is rejected', async (t) => {
  const domain = await openDomain(t)
  const { id: userId } = await domain.register('bob')
  const deps = { ...domain, tokens: createTokenSource() }
  const expiresAt = new Date(Date.now() + 60_000)
  const mailed = (id: string) =>
    issueToken(deps, { id, userId, grant: { purpose: 'email_verification' }, expiresAt }, null)
  await verifyEmailByToken(deps, { token: await mailed(idOf(31)), metadata: {} })
  const late = { token: await mailed(idOf(32)), metadata: {} }
  await t.rejects(verifyEmailByToken(deps, late), { code: 'invalid_token' })
})

t.test('A token that depends on a version of its user is not issued after it', async (t) => {
  const domain = await openDomain(t)
  const { id: userId } = await domain.register('eve')
  const deps = { ...domain, tokens: createTokenSource() }
  const expiresAt = new Date(Date.now() + 60_000)
  const email = 'eve@new.example'
  const issueAt = (version: number) =>
    issueToken(
      deps,
      { id: idOf(50), userId, grant: { purpose: 'email_change', email }, expiresAt, version },
      null,
    )
  await t.rejects(issueAt(0), { code: 'version_conflict' })
  t.match(await findRequestedEmail(domain.pool, await issueAt(1)), { userId, email })
})
