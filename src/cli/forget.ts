/**
 * `epistle forget`: erases the personal data of a user, while everything runs; and again after a restore.
 */

import { resolve } from 'node:path'
import type { ClientBase } from 'pg'
import { type Config, loadConfig } from '../config.ts'
import { findNamedUsers } from '../features/moderation/named-users.ts'
import { operatorMetadata } from '../features/moderation/operator.ts'
import { serviceUserId } from '../features/users/queries.ts'
import {
  type Erased,
  type Erasure,
  forget,
  type Kept,
} from '../platform/read-models/forget/forget.ts'
import { readLedger } from '../platform/read-models/forget/ledger.ts'
import { isUuid } from '../platform/uuid.ts'
import { withClient } from './connect.ts'
import { actorOf } from './operator-connection.ts'
import { type Options, print, say, UsageError, type Verb } from './verb.ts'

export const forgetVerb: Verb = {
  summary: 'erase the personal data of a user, or of the users of a ledger',
  help: `Usage: epistle forget <user> [--reason <text>] [--actor <name>] [--messages author|content]
                      [--ledger <file>]
       epistle forget --apply <file> [--actor <name>]

Replaces the personal data in all events of the user and in every read table, in one transaction. Ids and
times stay. The user is logged out everywhere, the address and the username are free again, and what
others received comes from a deleted user. This cannot be undone. Backups and the space that the database
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
                               already stay so`,
  options: {
    reason: { type: 'string' },
    actor: { type: 'string' },
    messages: { type: 'string' },
    ledger: { type: 'string' },
    apply: { type: 'string' },
  },
  takesArguments: true,
  async run(options, users) {
    const config = loadConfig(process.env)
    const { actor } = operatorMetadata(actorOf(options))
    if (typeof options.apply === 'string') {
      if (users.length > 0) throw new UsageError('name no user with --apply')
      const erasures = (await readLedger(options.apply)).map(({ userId, kept }) => ({
        ...{ userId, actor, kept, reason: 'erased again from the ledger' },
      }))
      return withClient(config, async (client) =>
        report(await forget(client, erasures, undefined, say)),
      )
    }
    const [user, ...others] = users
    if (user === undefined || others.length > 0) throw new UsageError('name exactly one user')
    const kept = keptOf(options, config.forgetMessages)
    const reason = typeof options.reason === 'string' ? options.reason : 'asked for by the user'
    const ledger = typeof options.ledger === 'string' ? options.ledger : ledgerOf(config)
    await withClient(config, async (client) => {
      const erasure: Erasure = { userId: await idOf(client, user), actor, kept, reason }
      report(await forget(client, [erasure], ledger, say))
    })
  },
}

/** The ledger of the settings, the same file as that of workers, wherever the command runs. */
function ledgerOf({ forgetLedger }: Config): string | undefined {
  return forgetLedger && resolve(import.meta.dirname, '..', '..', forgetLedger)
}

function keptOf({ messages }: Options, fallback: 'author' | 'content'): readonly Kept[] {
  const choice = messages ?? fallback
  if (choice !== 'author' && choice !== 'content') {
    throw new UsageError(`--messages takes author or content, not ${JSON.stringify(choice)}`)
  }
  return choice === 'author' ? ['messages'] : []
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

function report(erased: readonly Erased[]): void {
  print(summaryOf(erased))
}

function summaryOf(erased: readonly Erased[]): string {
  const count = (outcome: Erased['outcome']) =>
    erased.filter((each) => each.outcome === outcome).length
  const [first] = erased
  if (erased.length === 1 && first?.outcome === 'unknown')
    throw new UsageError('no user has this id')
  if (erased.length === 1 && first && 'position' in first) {
    const when = first.outcome === 'erased' ? 'are erased' : 'were erased before'
    return `the personal data of the user ${when}, at position ${first.position}`
  }
  return (
    `${count('erased')} users are erased, ${count('already_erased')} were erased before, ` +
    `${count('unknown')} are not in this database`
  )
}
