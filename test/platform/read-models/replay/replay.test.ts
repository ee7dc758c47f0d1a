// For random histories, on a database where all releases are live at once: what is refused, and what
// every read table holds, is what a model in memory says; and each read table, replayed from the log
// in runs of any length, equals itself.
import fc from 'fast-check'
import t from 'tap'
import { type AppendResult, append } from '../../../support/append-requests.ts'
import { connect } from '../../../support/installed.ts'
import {
  contentsOf,
  liveTables,
  type Row,
  replayedWithin,
} from '../../../support/read-models/contents.ts'
import { Model } from '../../../support/read-models/model.ts'
import { expectedRows } from '../../../support/read-models/model-rows.ts'
import type { RandomCommand } from '../../../support/read-models/random-command.ts'
import { histories, toAppendRequest } from '../../../support/read-models/random-commands.ts'
import { stepwiseDatabase } from '../../../support/stepwise-database.ts'

/** Fixed, so that a failure is there tomorrow; another in SEED looks elsewhere. */
const seed = Number(process.env.SEED ?? 20_261_121)
/** Histories of some 45 commands; a hundred milliseconds each. */
const numRuns = 60
const runLengths = [1, 2, 7, 1_000_000]

/** The number of the history: each table is replayed from each, in runs of one length after another. */
let nth = 0

const db = await connect(t, await stepwiseDatabase(t))
const tables = await liveTables(db)
const refused = new Map<string, number>()

/** Runs a history in a transaction that is rolled back, so that each finds an empty log. */
async function inEmptyLog(work: () => Promise<void>): Promise<void> {
  await db.query('begin')
  try {
    await work()
  } finally {
    await db.query('rollback')
  }
}

/** Appends a batch, and holds each verdict against the model, which it brings up to date. */
async function appendBatch(model: Model, batch: readonly RandomCommand[]): Promise<void> {
  // The model's versions are those at the start of the batch, so it judges one command after another.
  let left = [...batch]
  while (left.length > 0) {
    const part = independent(model, left)
    left = left.slice(part.length)
    const verdicts = await append(
      db,
      part.map((command) => toAppendRequest(command, model)),
    )
    for (const [n, command] of part.entries()) judge(model, command, verdicts[n] ?? null)
  }
}

/**
 * The commands from the first on that are of different streams, as one batch of the service is; and who
 * reads a message knows its position, so that it was sent before.
 */
function independent(model: Model, commands: readonly RandomCommand[]): RandomCommand[] {
  const streams = commands.map((command) => model.target(command).stream)
  const next = commands.findIndex(
    (command, n) =>
      streams.indexOf(streams[n] ?? '') < n ||
      (command.kind === 'read' && streams.lastIndexOf(`message ${command.message}`, n) !== -1),
  )
  return commands.slice(0, next === -1 ? commands.length : next)
}

function judge(model: Model, command: RandomCommand, verdict: AppendResult): void {
  const possible = model.refusals(command)
  const code = verdict?.constraint?.split('__')[1]
  if (verdict?.position !== undefined && possible.length === 0) {
    model.grant(command, verdict.position, String(verdict.recorded_at))
  } else if (code !== undefined && possible.includes(code)) {
    refused.set(code, (refused.get(code) ?? 0) + 1)
  } else {
    throw new Error(
      `the model says ${possible.join(' or ') || 'granted'} to ${JSON.stringify(command)}, ` +
        `the database ${JSON.stringify(verdict)}`,
    )
  }
}

/** The first table that holds something else than it should, told with both; else undefined. */
function difference(what: string, found: Row[], wanted: Row[]): string | undefined {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)]
  return a === b ? undefined : `${what} holds\n${a}\ninstead of\n${b}`
}

t.comment(`seed ${seed}, ${numRuns} histories`)

t.test(
  'whatever happens, the read tables are what the model says and what replay makes',
  async (t) => {
    const property = fc.asyncProperty(histories, (history) =>
      inEmptyLog(async () => {
        const model = new Model()
        for (const batch of history) await appendBatch(model, batch)
        const wanted = expectedRows(model)
        nth += 1
        for (const [n, table] of tables.entries()) {
          const live = await contentsOf(db, table)
          const columns = live.map((row) => pick(row, Object.keys(wanted[table]?.[0] ?? {})))
          const faults = [difference(table, columns, wanted[table] ?? [])]
          const run = runLengths[(nth + n) % runLengths.length] ?? 1
          const again = await replayedWithin(db, table, run)
          faults.push(difference(`${table} replayed in runs of ${run}`, again, live))
          const fault = faults.find((text) => text !== undefined)
          if (fault) throw new Error(fault)
        }
      }),
    )
    // A failure is made smaller for a minute at most.
    await fc.assert(property, { seed, numRuns, interruptAfterTimeLimit: 60_000 })
    t.pass()
  },
)

function pick(row: Row, keys: readonly string[]): Row {
  return Object.fromEntries(keys.map((key) => [key, row[key]]))
}

t.test('every rule was broken by some history', async (t) => {
  t.strictSame([...refused.keys()].sort(), [
    'block_malformed',
    'blocked',
    'email_taken',
    'not_found',
    'recipient_unknown',
    'sender_unknown',
    'token_taken',
    'up_to_malformed',
    'user_unknown',
    'username_malformed',
    'username_taken',
    'version_conflict',
  ])
})
