/**
 * `epistle reports`: lists the messages that users reported, and settles reports.
 */

import { loadConfig } from '../config.ts'
import { type Outcome, outcomes } from '../features/moderation/events.ts'
import type { ReportRow } from '../features/moderation/queries.ts'
import { moderationRules } from '../features/moderation/schemas.ts'
import { isUuid } from '../platform/uuid.ts'
import { actorOf, actorOption } from './actor.ts'
import { withOperators } from './operator-connection.ts'
import { allowOnly, type Options, print, say, textOf, UsageError, type Verb } from './verb.ts'

export const reportsVerb: Verb = {
  summary: 'list the messages that users reported, and settle reports',
  help: `Usage: epistle reports [list] [--settled] [--actor <name>] [--json]
       epistle reports settle <id> --outcome upheld|dismissed [--note <text>] [--actor <name>]

Lists the open reports, the oldest first, or with --settled those that were settled, the last one first:
a hundred at most. Each has the message as it was when it was reported. Settling a report does not affect
its users: \`epistle user suspend\` suspends the sender. GET /audit of the admin port lists each settlement,
and each list, with the name of its operator.

  --outcome <outcome>   upheld if you agree with the report, otherwise dismissed
  --note <text>         for other operators, up to 1,000 characters; do not name users in it
  --actor <name>        your name; the default is that of your user of the operating system
  --json                print one JSON document on stdout, and nothing else`,
  options: {
    settled: { type: 'boolean' },
    outcome: { type: 'string' },
    note: { type: 'string' },
    ...actorOption,
    json: { type: 'boolean' },
  },
  takesArguments: true,
  async run(options, [action = 'list', ...ids]) {
    if (action === 'list') return list(options, ids)
    if (action === 'settle') return settle(options, ids)
    throw new UsageError(`unknown action "${action}"; choose list or settle`)
  },
}

const listed = { act: 'show_personal', subject: 'reports' }

async function list(options: Options, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) throw new UsageError('epistle reports list takes no ids')
  allowOnly(['settled', 'actor', 'json'], options, 'reports list')
  const which = options.settled ? 'settled' : 'open'
  // Before it is printed, because it has the texts of users.
  const act = { ...listed, actor: actorOf(options), arguments: { status: which } }
  const { reports, open } = await withOperators(loadConfig(process.env), (operators, record) =>
    record(act, () => operators.reports(which)),
  )
  if (options.json) return print(JSON.stringify({ reports, open }, null, 2))
  print(reports.length > 0 ? reports.map(describe).join('\n') : `no report is ${which}`)
  if (which === 'open' && open > reports.length) say(`${open} reports are open`)
}

async function settle(options: Options, [id, ...others]: readonly string[]): Promise<void> {
  if (id === undefined || others.length > 0) throw new UsageError('name exactly one report')
  if (!isUuid(id)) throw new UsageError(`"${id}" is not the id of a report`)
  allowOnly(['outcome', 'note', 'actor'], options, 'reports settle')
  const outcome = outcomes.find((each) => each === options.outcome)
  if (outcome === undefined) throw new UsageError(`--outcome takes ${outcomes.join(' or ')}`)
  const note = textOf('note', options.note, moderationRules.reasonMaxLength) ?? null
  const [actor, reportId] = [actorOf(options), id.toLowerCase()]
  const act = { actor, act: 'settle', subject: reportId, arguments: { outcome } }
  await withOperators(loadConfig(process.env), (operators, record) =>
    record(act, () => operators.settle({ reportId, outcome, note, actor })),
  )
  print(`the report is ${outcome satisfies Outcome}`)
}

function describe(report: ReportRow): string {
  const { id, reportedAt, reporter, reporterId, reported, reportedId, reason, content } = report
  const { outcome, settledAt, actor, note } = report
  const settled = outcome && `${outcome} at ${settledAt} by ${actor}${note ? `: ${note}` : ''}`
  return [
    `${id}  ${reportedAt}${settled ? `, ${settled}` : ''}`,
    `    reported  ${nameOf(reported, reportedId)}`,
    `    by        ${nameOf(reporter, reporterId)}`,
    `    reason    ${oneLine(reason)}`,
    `    message   ${oneLine(content ?? '')}`,
  ].join('\n')
}

function nameOf(username: string | null, id: string): string {
  return username === null ? id : `${username} (${id})`
}

/** Texts of users: as JSON, so that none of them can write other lines or control the terminal. */
function oneLine(text: string): string {
  return JSON.stringify(text)
}
