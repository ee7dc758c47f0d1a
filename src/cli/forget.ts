/**
 * `epistle forget`: erases the personal data of a user, while everything runs; and again after a restore.
 */

import type { ClientBase } from 'pg'
import { forgetting } from '../admin/jobs/kinds.ts'
import { type Config, loadConfig } from '../config.ts'
import { findNamedUsers } from '../features/moderation/named-users.ts'
import { operatorMetadata } from '../features/moderation/operator.ts'
import { serviceUserId } from '../features/users/queries.ts'
import { agreeing, counted } from '../platform/counted.ts'
import {
  type Erased,
  type Erasure,
  forget,
  type Kept,
} from '../platform/read-models/forget/forget.ts'
import { readLedger } from '../platform/read-models/forget/ledger.ts'
import { isUuid } from '../platform/uuid.ts'
import { actorOf, actorOption } from './actor.ts'
import { withAct } from './maintenance.ts'
import { type Options, print, say, UsageError, type Verb } from './verb.ts'

export const forgetVerb: Verb = {
  summary: 'erase the personal data of a user, or of the users of a ledger',
  help: `Usage: epistle forget <user> [--reason <text>] [--actor <name>] [--messages author|content]
                      [--ledger <file>]
       epistle forget --apply <file> [--actor <name>]

Replaces the personal data in all events of the user and in every read table, in one transaction. Ids and
times stay. All sessions of the user end, and the address and the username are free again. Messages that
others received show a deleted user as their sender. This cannot be undone. Backups and the space that the database
has not used again still contain the data: see db/OPERATIONS.md.

The user is named by id, e-mail address or username. If another user has registered the address of a user
who deleted the account, name the one you mean by id.

  --reason <text>              why, for the table log.erasures; do not name the user in it
  --actor <name>               your name, for the event of the erasure; the default is that of your user of
                               the operating system
  --messages author|content    what to erase of the messages that the user sent: only their author, or
                               their text as well; the default is that of FORGET_MESSAGES
  --ledger <file>              add a line with the id and the time to this file, before the data are
                               erased; the default is that of FORGET_LEDGER; keep the file outside of
                               the database
  --apply <file>               after a restore: erase the users of a ledger again; users who are erased
                               already stay so; exits 1 if the text of a user's messages stays that the
                               ledger does not keep`,
  options: {
    reason: { type: 'string' },
    ...actorOption,
    messages: { type: 'string' },
    ledger: { type: 'string' },
    apply: { type: 'string' },
  },
  takesArguments: true,
  async run(options, users) {
    const config = loadConfig(process.env)
    const actor = actorOf(options)
    if (typeof options.apply === 'string') {
      if (users.length > 0) throw new UsageError('name no user with --apply')
      return applyLedger(config, actor, options.apply)
    }
    const [user, ...others] = users
    if (user === undefined || others.length > 0) throw new UsageError('name exactly one user')
    const messages = messagesOf(options, config.forgetMessages)
    const reason = typeof options.reason === 'string' ? options.reason : 'asked for by the user'
    const ledger = typeof options.ledger === 'string' ? options.ledger : config.forgetLedger
    await withAct(config, async (client, begin) => {
      const userId = await idOf(client, user)
      await begin({ actor, act: 'forget', subject: userId, arguments: { userId, messages } })
      const kept: readonly Kept[] = messages === 'author' ? ['messages'] : []
      const erasure = { userId, ...operatorMetadata(actor), kept, reason, ledger }
      const { outcome, position } = await forgetting(erasure)(client, { say })
      const when = outcome === 'erased' ? 'are erased' : 'were erased before'
      print(`the personal data of the user ${when}, at position ${position}`)
      return { returned: undefined, recorded: { outcome, position } }
    })
  },
}

/** Erases the users of a ledger again, as one act. */
async function applyLedger(config: Config, actor: string, file: string): Promise<void> {
  const erasures = (await readLedger(file)).map(({ userId, kept }) => ({
    ...{ userId, ...operatorMetadata(actor), kept, reason: 'erased again from the ledger' },
  }))
  await withAct(config, async (client, begin) => {
    await begin({ actor, act: 'forget', arguments: { ledger: true, users: erasures.length } })
    const erased = await forget(client, erasures, undefined, say)
    const recorded = countsOf(erased)
    print(described(recorded))
    const textStays = erasures.filter((each, n) => keptMore(erased[n], each))
    for (const { userId } of textStays) {
      say(`${userId} was erased before, but the text of the messages stays: that erasure kept it`)
    }
    if (textStays.length > 0) process.exitCode = 1
    return { returned: undefined, recorded: { ...recorded, textStays: textStays.length } }
  })
}

/** Whether the text of messages stays that this erasure would not have kept. */
function keptMore(erased: Erased | undefined, { kept }: Erasure): boolean {
  if (erased?.outcome !== 'already_erased') return false
  return erased.kept.some((part) => !kept.includes(part))
}

function countsOf(erased: readonly Erased[]): Applied {
  const count = (outcome: Erased['outcome']) =>
    erased.filter((each) => each.outcome === outcome).length
  return {
    erased: count('erased'),
    alreadyErased: count('already_erased'),
    unknown: count('unknown'),
  }
}

interface Applied {
  readonly erased: number
  readonly alreadyErased: number
  readonly unknown: number
}

/** What became of the users of a ledger. */
function described({ erased, alreadyErased, unknown }: Applied): string {
  return [
    `${counted(erased, 'user')} ${agreeing(erased, 'is', 'are')} erased`,
    `${alreadyErased} ${agreeing(alreadyErased, 'was', 'were')} erased before`,
    `${unknown} ${agreeing(unknown, 'is', 'are')} not in this database`,
  ].join(', ')
}

function messagesOf({ messages }: Options, fallback: 'author' | 'content') {
  const choice = messages ?? fallback
  if (choice === 'author' || choice === 'content') return choice
  throw new UsageError(`--messages takes author or content, not ${JSON.stringify(choice)}`)
}

/** The id of a user. The service's own user has a name and an address, too. */
async function idOf(client: ClientBase, user: string): Promise<string> {
  const id = isUuid(user) ? user.toLowerCase() : await idOfNamed(client, user)
  if (id === serviceUserId) throw new UsageError('the user of the service itself cannot be erased')
  return id
}

async function idOfNamed(client: ClientBase, user: string): Promise<string> {
  const { present, former } = await findNamedUsers(client, user)
  const [found, ...others] = [present ?? [], former].flat()
  if (found === undefined) throw new UsageError('no user has this id, e-mail address or username')
  if (others.length === 0) return found
  const owner =
    present === undefined ? 'no user has this name now' : `the user ${present} has it now`
  throw new UsageError(
    `several users had this name: ${owner}; deleted accounts had it before: ${former.join(' ')}; ` +
      'name the one you mean by id',
  )
}
