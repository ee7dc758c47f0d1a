// The plans that connections keep, on a database of some size. PostgreSQL makes each once, for any parameters, so each has to
// be right for a user with many rows as well: it finds its rows by key and reads a page in the order of an index.
import { glob, readFile } from 'node:fs/promises'
import pg, { type Client } from 'pg'
import t from 'tap'
import { openSession } from '../../../src/platform/postgres/session.ts'
import { serviceSession } from '../../../src/service-pool.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { fillDatabase } from '../../support/many-rows.ts'
import type { PlanNode } from '../../support/plan.ts'
import { callsOfOperators } from '../../support/statements/of-operators.ts'
import { type Call, callsOfUsers } from '../../support/statements/of-users.ts'

/** No page and no chunk has as many rows, and every table and the user with many have more. */
const many = 300
const size = { users: 801, messages: 2_000, ofOne: 800 }

/** Statements whose result depends on as many rows. */
const readMany = [
  // The total of unread messages is about all conversations.
  'listConversations.desc',
  'listConversations.asc',
  'listLongConversations.desc',
  'listLongConversations.asc',
  'findUnread',
  // A user has 50 sessions at most, and no index is in the order of their last use.
  'findLeastRecentSessions',
  // The whole stream.
  'user_stream_15',
  'findVersionAt',
  'findVersionIfUnchanged',
  // They count.
  'findAccount',
  'countOpenReports',
  // It deletes a thousand.
  'clearGivenUpTasks',
]

/** Statements that nothing here calls: they find or write single rows by their keys, or have no parameters. */
const ofSingleRows = [
  'clearSessionUses',
  'confirmCommits',
  'confirmEvents',
  'disableWebhookBeyond',
  'enqueueTask',
  'findAppendLockHolder',
  'findEventAtCursor',
  'findNotLive',
  'findRecorded',
  'findTraceOfEvent',
  'finishTask',
  'limits.countOnce',
  'limits.lockWindow',
  'postponeTask',
  'postponeWebhook',
  'readers.beat',
  'recordDeviceUses',
  'recordSessionUses',
  'sessionLinks.keep',
  'sessionLinks.use',
  'takeEndpoint',
  'mailTokens.keepRetryToken',
  'whyReadOnly',
]

/** Tables with many rows of some users. */
const ofUsers = [
  ['messages_10', 'src_id'],
  ['messages_10', 'dst_id'],
  ['sessions_10', 'user_id'],
  ['blocks_17', 'user_id'],
  ['user_history_7', 'user_id'],
] as const
/** A row of two users is found by both, and all rows of a user by one. */
const ofPairs = [
  ['conversations_4', 'least_id'],
  ['conversations_4', 'greatest_id'],
] as const

const calls = [...callsOfUsers, ...callsOfOperators]
const url = await installedDatabase(t)
const owner = await connect(t, url)
await fillDatabase(owner, size)
const client = await openSession(url, serviceSession, {})
t.teardown(() => client.end())

t.test('No statement is planned again for another call', async (t) => {
  for (const call of calls) for (let n = 0; n < 3; n += 1) await call(client)
  const { rows } = await client.query(
    'select name, custom_plans::int from pg_prepared_statements where custom_plans > 0',
  )
  t.strictSame(rows, [])
})

t.test('No plan reads or sorts all rows of a table or user for a page or a look-up', async (t) => {
  for (const call of calls) t.strictSame(await readsOfMany(client, call), [])
})

t.test(
  'No plan reads or sorts all rows of a user where most users have as many rows as a page',
  async (t) => {
    for (const [table, column] of ofUsers) {
      const { rows } = await owner.query(`select count(*)::int / 50 as each from read.${table}`)
      await countDistinct(table, column, rows[0].each)
    }
    for (const call of calls) t.strictSame(await readsOfMany(client, call), [])
  },
)

t.test('No plan reads all rows of a user where most users have one row', async (t) => {
  for (const [table, column] of [...ofUsers, ...ofPairs]) await countDistinct(table, column, -1)
  for (const call of calls) t.strictSame(await readsOfMany(client, call), [])
})

t.test('Every statement is called here, or named as one of single rows', async (t) => {
  const { rows } = await client.query<{ name: string }>('select name from pg_prepared_statements')
  const uncalled = (await namesInSource()).filter(
    (name) => !rows.some((row) => row.name === name || row.name.startsWith(`${name}.`)),
  )
  t.strictSame(uncalled.sort(), [...ofSingleRows].sort())
})

/** Makes PostgreSQL estimate so many distinct values, or as many as there are rows for -1. */
async function countDistinct(table: string, column: string, count: number): Promise<void> {
  await owner.query(`alter table read.${table} alter ${column} set (n_distinct = ${count})`)
  await owner.query(`analyze read.${table}`)
}

/** The names of the statements in the source. */
async function namesInSource(): Promise<string[]> {
  const names = new Set<string>()
  for await (const file of glob('src/**/*.ts', { exclude: ['src/web/**'] })) {
    const source = await readFile(file, 'utf8')
    const forms = [
      /\b(?:prepare|inBothOrders|prepareForBoxes)(?:<[^(]*)?\(\s*'([^']+)'/g,
      /\bname: '([^']+)',\s*(?:\/\/.*\s*)?text\b/g,
    ]
    for (const form of forms) for (const [, name = ''] of source.matchAll(form)) names.add(name)
  }
  return [...names]
}

/** The scans and sorts of a call's statements that had many rows. */
async function readsOfMany(client: Client, call: Call): Promise<string[]> {
  const found: string[] = []
  for (const { name, values } of await statementsOf(client, call)) {
    if (readMany.includes(name)) continue
    const given = values.length > 0 ? `(${values.map(literal).join()})` : ''
    const { rows } = await client.query(
      `explain (analyze, format json) execute ${client.escapeIdentifier(name)} ${given}`,
    )
    for (const node of nodes(rows[0]['QUERY PLAN'][0].Plan)) {
      const read = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)
      if (!/Scan|Sort/.test(node['Node Type']) || read * node['Actual Loops'] <= many) continue
      const on = node['Index Name'] ?? node['Relation Name'] ?? ''
      found.push(`${name}: ${node['Node Type']} ${on}`)
    }
  }
  return found
}

function nodes(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodes)]
}

interface Statement {
  readonly name: string
  readonly values: readonly unknown[]
}

/** The prepared statements that a call runs. */
async function statementsOf(client: Client, call: Call): Promise<Statement[]> {
  const statements: Statement[] = []
  const recording = new Proxy(client, {
    get(target, property) {
      const value = Reflect.get(target, property)
      if (property !== 'query') return typeof value === 'function' ? value.bind(target) : value
      return (query: { name?: string; values?: unknown[] }, ...rest: unknown[]) => {
        const { name, values = [] } = query
        if (name !== undefined) statements.push({ name, values })
        return value.call(target, query, ...rest)
      }
    },
  })
  await call(recording)
  return statements
}

/** A value as a parameter of `execute`. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.join()}}`)
  return pg.escapeLiteral(value instanceof Date ? value.toISOString() : String(value))
}
