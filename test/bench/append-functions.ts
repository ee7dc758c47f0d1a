// Where the time of an append goes, by function: from pg_stat_user_functions with track_functions = all, in calls that
// are measured for nothing else, because the measuring itself costs time. Inlined SQL functions are part of their
// callers.
import type { Side } from './append-sides.ts'
import { figures } from './figures.ts'
import { table } from './report.ts'

/** Messages a call, and how many calls are measured. */
const samples = [
  { size: 1, calls: 400 },
  { size: 100, calls: 40 },
]
/** The functions that are shown; the others take less. */
const shown = 24

/** Self time of each function in µs a message, by the size of the batch. */
export interface FunctionTimes {
  readonly side: Side['name']
  readonly times: readonly ReadonlyMap<string, number>[]
}

export async function readFunctionTimes({ name, client, send }: Side): Promise<FunctionTimes> {
  await client.query(`set track_functions = 'all'`)
  const times: Map<string, number>[] = []
  for (const { size, calls } of samples) {
    await send(client, size)
    const before = await selfTimes(client)
    for (let call = 0; call < calls; call += 1) await send(client, size)
    const after = await selfTimes(client)
    const used = [...after].map(([key, time]): [string, number] => [
      key,
      (1000 * (time - (before.get(key) ?? 0))) / (size * calls),
    ])
    times.push(new Map(used))
  }
  return { side: name, times }
}

/** Self time of each function so far, ms. */
async function selfTimes(client: Side['client']): Promise<Map<string, number>> {
  await client.query('select pg_stat_force_next_flush()') // otherwise at most once a second
  await client.query('select 1')
  const { rows } = await client.query<{ name: string; time: number }>(
    `select schemaname || '.' || funcname as name, sum(self_time) as time
     from pg_stat_user_functions group by 1`,
  )
  return new Map(rows.map(({ name, time }) => [name, time]))
}

/** One row a function, one column a side and size, the most expensive first. */
export function functionTable(sides: readonly FunctionTimes[]): string {
  const columns = sides.flatMap(({ side, times }) =>
    times.map((time, n) => ({ head: `${side}, ${samples[n]?.size} a call`, time })),
  )
  const names = new Set(columns.flatMap(({ time }) => [...time.keys()]))
  const most = (name: string) => Math.max(...columns.map(({ time }) => time.get(name) ?? 0))
  const rows = [...names]
    .sort((one, other) => most(other) - most(one))
    .slice(0, shown)
    .map((name) => [`\`${name}\``, ...columns.map(({ time }) => cell(time.get(name)))])
  return `Self time by function, µs a message:\n\n${table([['', ...columns.map(({ head }) => head)], ...rows])}`
}

function cell(time: number | undefined): string {
  return time === undefined || time < 0.05 ? '' : figures(time)
}
