/**
 * `epistle user`: what operators see of one user, and what they can do.
 */

import { loadConfig } from '../config.ts'
import type { Account } from '../features/moderation/account.ts'
import { moderationRules } from '../features/moderation/schemas.ts'
import type { Operators } from '../operators.ts'
import { actorOf, actorOption } from './actor.ts'
import { forgetVerb } from './forget.ts'
import { withOperators } from './operator-connection.ts'
import { allowOnly, type Options, print, textOf, UsageError, type Verb } from './verb.ts'

/** An act, and the sentence about its result. */
type Act = (operators: Operators, user: string, options: Options) => Promise<string>

const acts: Readonly<Record<string, Act>> = {
  suspend: async (operators, user, options) => {
    const reason = reasonOf(options)
    const isNew = await operators.suspend(user, { reason, actor: actorOf(options) })
    return isNew ? 'the user is suspended' : 'the user is suspended already'
  },
  reinstate: async (operators, user, options) => {
    const wasSuspended = await operators.reinstate(user, { actor: actorOf(options) })
    return wasSuspended ? 'the user is reinstated' : 'the user is not suspended'
  },
  'end-sessions': async (operators, user, options) => {
    const hadSessions = await operators.endSessions(user, { actor: actorOf(options) })
    return hadSessions ? 'all sessions of the user have ended' : 'the user has no active session'
  },
  'send-reset': async (operators, user, options) => {
    await operators.sendReset(user, { actor: actorOf(options) })
    return 'a worker sends the user an e-mail with a link that sets a new password'
  },
}

export const userVerb: Verb = {
  summary: 'show, suspend or reinstate a user, end sessions, send a reset',
  help: `Usage: epistle user show <user> [--actor <name>] [--json]
       epistle user suspend <user> --reason <text> [--actor <name>] [--json]
       epistle user reinstate | end-sessions | send-reset <user> [--actor <name>] [--json]
       epistle user forget <user> [options of epistle forget]

Name the user by id, e-mail address or username. Name a user who deleted the account by the address or the
username that it had, or by id if another user has it now. GET /audit of the admin port lists each act, and
each show, with the name of its operator. No operator can choose a password or see a token.

show          the account, its last events, and the operator of each act
suspend       ends all sessions; logins, messages and edits are refused until reinstate. What others
              received stays, and they can still write to the user
reinstate     ends the suspension; the user can log in again
end-sessions  ends all sessions
send-reset    sends the user a password reset e-mail; the limits of e-mails to an address apply
forget        erases the personal data of the user, as epistle forget does, which needs the owner

  --reason <text>   why, up to 1,000 characters; the user finds it in the export of their data
  --actor <name>    your name; the default is that of your user of the operating system
  --json            print one JSON document on stdout, and nothing else`,
  options: {
    ...forgetVerb.options,
    ...actorOption,
    json: { type: 'boolean' },
  },
  takesArguments: true,
  async run(options, [action = '', ...users]) {
    if (action === 'forget') {
      allowOnly(Object.keys(forgetVerb.options), options, 'user forget')
      return forgetVerb.run(options, users)
    }
    const act = Object.hasOwn(acts, action) ? acts[action] : undefined
    if (!act && action !== 'show') {
      throw new UsageError(
        `unknown action "${action}"; choose show, ${Object.keys(acts).join(', ')} or forget`,
      )
    }
    const [user, ...others] = users
    if (user === undefined || others.length > 0) throw new UsageError('name exactly one user')
    allowOnly(optionsOf(action), options, `user ${action}`)
    const actor = actorOf(options)
    if (action === 'suspend') reasonOf(options)
    await withOperators(loadConfig(process.env), async (operators, record) => {
      const account = await operators.show(user)
      const { id } = account
      if (!act) {
        // Before it is printed, because it has the address.
        await record({ actor, act: 'show_personal', subject: id }, async () => undefined)
        return print(options.json ? toJson(account) : describe(account))
      }
      const named = { actor, act: action.replace('-', '_'), subject: id }
      const done = await record(named, () => act(operators, id, options))
      print(options.json ? toJson(await operators.show(id)) : done)
    })
  },
}

function toJson(account: Account): string {
  return JSON.stringify(account, null, 2)
}

function optionsOf(action: string): readonly string[] {
  return action === 'suspend' ? ['json', 'actor', 'reason'] : ['json', 'actor']
}

function reasonOf({ reason }: Options): string {
  const text = textOf('reason', reason, moderationRules.reasonMaxLength)
  if (text === undefined) throw new UsageError('--reason is missing: why is the user suspended?')
  return text
}

function describe(account: Account): string {
  const { id, registeredAt, activeSessions, reports } = account
  const lines = [
    ['Id', id],
    ['E-mail', emailOf(account)],
    ['Username', account.username ?? noneBut(account.formerUsername)],
    ['Registered', registeredAt],
    ['State', stateOf(account)],
    ['Sessions', `${activeSessions} active`],
    ['Reported', `${reports.open} open, ${reports.upheld} upheld, ${reports.dismissed} dismissed`],
  ].map(([name = '', value = '']) => `${name.padEnd(10)}  ${value}`)
  const events = account.history.map(
    ({ occurredAt, type, operator }) =>
      `  ${occurredAt}  ${type}${operator === null ? '' : `, by the operator ${operator}`}`,
  )
  return [...lines, '', 'History, newest first', ...(events.length > 0 ? events : ['  none'])].join(
    '\n',
  )
}

function emailOf({ email, emailVerified, formerEmail, formerOwners }: Account): string {
  if (email === null) return noneBut(formerEmail)
  const former = formerOwners.map((id) => `, and of the deleted account ${id} before`).join('')
  return `${email} (${emailVerified ? 'verified' : 'not verified'}${former})`
}

/** Of a deleted account: what a restoration brings back. */
function noneBut(former: string | null): string {
  return former === null ? 'none' : `none; ${former} before the deletion`
}

function stateOf({ suspension, restorableUntil, departedAt, erasedBy }: Account): string {
  if (departedAt !== null) {
    return `personal data erased at ${departedAt}${erasedBy === null ? '' : ` by ${erasedBy}`}`
  }
  const left = restorableUntil && `deleted by the user, who can restore it until ${restorableUntil}`
  if (suspension === null) return left ?? 'active'
  const { since, actor, reason } = suspension
  return `suspended since ${since} by ${actor}: ${reason}${left ? `; ${left}` : ''}`
}
