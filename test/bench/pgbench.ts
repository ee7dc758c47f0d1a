// Raw SQL by pgbench, PostgreSQL's own load generator in C: one insert a transaction into the tables of raw-sql.ts
// with the indexes for the same reads. It needs little processor time itself, so it is the hardest reference.
// It is one of PostgreSQL's programs; where it is not installed, its rows are left out with a note.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { content } from './actor.ts'
import { percentile } from './figures.ts'
import { givenServer } from './given-server.ts'
import type { Measured } from './rate.ts'
import { createRawSql, type RawSql } from './raw-sql.ts'
import type { ScratchServer } from './scratch-server.ts'

const run = promisify(execFile)

/** The users have the numbers from 1 on as their ids, because pgbench has no variables of type uuid. */
const numbered = (number: string) => `lpad(to_hex(${number}::int), 32, '0')::uuid`

/**
 * The transaction. The ids of messages grow, as those of Epistle do, and are made with the least work: from the
 * run, the client, and a counter.
 */
const script = (users: number) => `\\set n :n + 1
\\set src random(1, ${users})
\\set dst random(1, ${users})
insert into message_sent (id, src_id, dst_id, content) values (
  (lpad(to_hex(:run::int), 8, '0') || lpad(to_hex(:client_id::int), 8, '0') || lpad(to_hex(:n::int), 16, '0'))::uuid,
  ${numbered(':src')}, ${numbered(':dst')}, '${content}') returning position, recorded_at;
`

/** Creates the database of pgbench; undefined, with a note, where pgbench is not installed. */
export async function preparePgbench(
  server: ScratchServer,
  users: number,
  say: (line: string) => void,
): Promise<RawSql | undefined> {
  const program = await findPgbench()
  if (!program) {
    say(
      'SKIPPED: raw SQL by pgbench, because pgbench is not installed; its ratios and targets are left out',
    )
    return undefined
  }
  const ids = Array.from({ length: users }, (_, n) => (n + 1).toString(16).padStart(32, '0'))
  const url = await createRawSql(server, 'raw_sql_pgbench', ids, true)
  const file = join(server.directory, 'pgbench.sql')
  await writeFile(file, script(users))
  let runs = 0
  return {
    measure: async (connections, milliseconds) => {
      runs += 1
      const clients = ['-c', `${connections}`, '-j', `${Math.min(connections, cpus().length)}`]
      const time = ['-T', `${Math.max(1, Math.round(milliseconds / 1000))}`]
      const variables = ['-D', `run=${runs}`, '-D', 'n=0']
      const options = ['-n', '-M', 'prepared', '-f', file, ...clients, ...time, ...variables]
      return measureRun(program, options, url, server.directory)
    },
  }
}

/** The program: beside chosen binaries, or else on the PATH; undefined where it is not installed. */
async function findPgbench(): Promise<string | undefined> {
  const { binaries } = givenServer()
  for (const program of [...(binaries ? [join(binaries, 'pgbench')] : []), 'pgbench']) {
    if (await run(program, ['--version']).catch(() => undefined)) return program
  }
  return undefined
}

/** The throughput as pgbench reports it, and latencies from its log of single transactions. */
async function measureRun(
  program: string,
  options: readonly string[],
  url: string,
  below: string,
): Promise<Measured> {
  const directory = await mkdtemp(join(below, 'pgbench-'))
  const log = ['-l', '--log-prefix', join(directory, 'log')]
  const { stdout } = await run(program, [...options, ...log, url])
  const tps = /tps = ([\d.]+)/.exec(stdout)?.[1]
  if (!tps) throw new Error(`pgbench reported no throughput:\n${stdout}`)
  const names = await readdir(directory)
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')))
  await rm(directory, { recursive: true })
  // A line: client, number, microseconds, …
  const took = texts.flatMap((text) =>
    text
      .trim()
      .split('\n')
      .map((line) => Number(line.split(' ')[2]) / 1000),
  )
  return { rate: Number(tps), p50: percentile(took, 50), p99: percentile(took, 99) }
}
