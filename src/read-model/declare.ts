/**
 * Declare: the tables and functions of new releases, in one transaction.
 *
 * Checks before it commits that released files are as they were, that every event type reaches
 * every read table that must know it, and that nothing which is there changes its meaning.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { InstallError } from './errors.ts'
import { type Cell, isProjected, readMatrix } from './matrix.ts'
import { newestReadTables, type Release, type ReleaseFile } from './releases.ts'
import { shortTransaction } from './transactions.ts'

/** Declares the releases up to `target` that the database does not have yet. */
export async function declare(
  client: ClientBase,
  releases: readonly Release[],
  target: number,
  say: (line: string) => void,
): Promise<void> {
  const wanted = releases.filter(({ release }) => release <= target)
  const declared = await shortTransaction(client, async () => {
    const fresh = await checkFrozen(client, wanted)
    const before = await readMatrix(client)
    const functions = await readFunctions(client)
    const files = await chooseFiles(client, wanted, fresh)
    for (const release of fresh) await record(client, release)
    await client.query('set local search_path = read, log, pg_temp')
    await runInAnyOrder(client, files)
    checkFunctions(functions, await readFunctions(client))
    const tables = files.filter(({ kind }) => kind === 'read').map(({ table }) => table)
    await client.query(
      `insert into read.tables (name, release)
       select name, engine.release_of(name) from unnest($1::text[]) name`,
      [tables],
    )
    await makeMatrix(client, before)
    await client.query('call engine.make_stream_views()').catch((error: unknown) => {
      throw isRaised(error) ? new InstallError(error.message, { cause: error }) : error
    })
    await client.query('call engine.grant_rights()')
    return fresh
  })
  for (const { release, name } of declared) say(`release ${release} (${name}) is declared`)
}

/** The releases that are new to the database. Throws where a released file is not what it was. */
async function checkFrozen(client: ClientBase, wanted: readonly Release[]): Promise<Release[]> {
  const { rows } = await client.query<{ release: number; files: Record<string, string> | null }>(
    `select r.release, jsonb_object_agg(f.file, f.sha256) filter (where f.file is not null) as files
     from log.releases r left join log.release_files f using (release)
     group by r.release`,
  )
  const recorded = new Map(rows.map(({ release, files }) => [release, files ?? {}]))
  for (const { release, files } of wanted) {
    const frozen = recorded.get(release)
    if (!frozen) continue
    const now = Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256]))
    for (const path of new Set([...Object.keys(frozen), ...Object.keys(now)])) {
      if (frozen[path] === now[path]) continue
      const what = !now[path] ? 'is gone' : !frozen[path] ? 'is new' : 'has changed'
      throw new InstallError(
        `db/${path} ${what}, but release ${release} is installed and a released folder is frozen; ` +
          'put it back as it was, and make a new release for what is new',
      )
    }
  }
  return wanted.filter(({ release }) => !recorded.has(release))
}

async function record(client: ClientBase, { release, name, files }: Release): Promise<void> {
  await client.query('insert into log.releases (release, name) values ($1, $2)', [release, name])
  await client.query(
    `insert into log.release_files (release, file, sha256)
     select $1, file, sha256 from unnest($2::text[], $3::text[]) as f (file, sha256)`,
    [release, files.map(({ path }) => path), files.map(({ sha256 }) => sha256)],
  )
}

/**
 * The files to run: of the new releases all event tables and what they bring to tables that are
 * there; of read tables only the newest version of each, unless the database has it already.
 */
async function chooseFiles(
  client: ClientBase,
  wanted: readonly Release[],
  fresh: readonly Release[],
): Promise<ReleaseFile[]> {
  const { rows } = await client.query<{ name: string }>('select name from read.tables')
  const there = new Set(rows.map(({ name }) => name))
  const newest = newestReadTables(wanted, wanted.length - 1)
  const files = wanted.flatMap((release) => release.files)
  const readTables = new Set(files.filter(({ kind }) => kind === 'read').map(({ table }) => table))
  return files.filter((file) => {
    const isNew = fresh.some(({ release }) => release === file.release)
    if (!readTables.has(file.table)) return isNew
    if (there.has(file.table)) return isNew && file.kind === 'backport'
    return newest.has(file.table)
  })
}

/** Runs files in whatever order their references allow, each of them once. */
async function runInAnyOrder(client: ClientBase, files: readonly ReleaseFile[]): Promise<void> {
  let left = files
  while (left.length > 0) {
    const later: ReleaseFile[] = []
    let lastError: unknown
    for (const file of left) {
      await client.query('savepoint file')
      try {
        await client.query(file.text)
      } catch (error) {
        if (!isMissingReference(error)) throw toInstallError(file, error)
        lastError = toInstallError(file, error)
        later.push(file)
        await client.query('rollback to savepoint file')
      }
    }
    if (later.length === left.length) throw lastError
    left = later
  }
}

/** undefined_table, undefined_object (a type), undefined_function: another file may make it. */
function isMissingReference(error: unknown): boolean {
  return error instanceof DatabaseError && ['42P01', '42704', '42883'].includes(error.code ?? '')
}

/** raise_exception: what the engine itself says is missing, as a cast to a stream's newest shape. */
function isRaised(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.code === 'P0001'
}

function toInstallError(file: ReleaseFile, error: unknown): unknown {
  // 55P03 lock_not_available and 40P01 deadlock_detected are the transaction's to retry.
  const isFault = error instanceof DatabaseError && !['55P03', '40P01'].includes(error.code ?? '')
  return isFault ? new InstallError(`db/${file.path}: ${error.message}`, { cause: error }) : error
}

interface FunctionText {
  readonly oid: number
  readonly name: string
  readonly text: string
}

/** The projections, casts and whatever else releases have brought so far, with their texts. */
async function readFunctions(client: ClientBase): Promise<FunctionText[]> {
  const { rows } = await client.query<FunctionText>(
    `select p.oid, p.oid::regprocedure::text as name, p.prosrc as text
     from pg_proc p where p.pronamespace in ('log'::regnamespace, 'read'::regnamespace)`,
  )
  return rows
}

/** A projection or cast that is there has made rows which a replay by another would not make. */
function checkFunctions(before: readonly FunctionText[], after: readonly FunctionText[]): void {
  const texts = new Map(after.map(({ oid, text }) => [oid, text]))
  const replaced = before.filter(({ oid, text }) => texts.get(oid) !== text)
  if (replaced.length === 0) return
  throw new InstallError(
    `${replaced.map(({ name }) => name).join(', ')} would be replaced, but what a release brought ` +
      'stays as it is; make a new version of the table or event',
  )
}

/**
 * Fills the cells of the new event tables, for which nobody can be writing yet, and checks all.
 * A cell of two tables that were there before must stay as it was: the read table would have
 * missed the event's history.
 */
async function makeMatrix(client: ClientBase, before: readonly Cell[]): Promise<void> {
  const after = await readMatrix(client)
  const faults = after.flatMap(({ fault }) => fault ?? [])
  for (const cell of after) {
    const old = before.find((b) => sameCell(b, cell))
    if (old && (old.kind !== cell.kind || String(old.path) !== String(cell.path))) {
      faults.push(
        `${cell.eventType} would reach ${cell.readTable} in another way than before; ` +
          `make a new version of ${cell.readTable}`,
      )
    }
  }
  if (faults.length > 0) throw new InstallError(faults.join('\n'))
  const oldTypes = new Set(before.map(({ eventType }) => eventType))
  for (const cell of after) {
    if (!isProjected(cell) || oldTypes.has(cell.eventType)) continue
    await client.query('call engine.attach($1, $2)', [cell.readTable, cell.eventType])
  }
  for (const table of new Set(after.map(({ readTable }) => readTable))) {
    await client.query(`call engine.make_replay($1, 'read')`, [table])
  }
}

function sameCell(a: Cell, b: Cell): boolean {
  return a.readTable === b.readTable && a.eventType === b.eventType
}
