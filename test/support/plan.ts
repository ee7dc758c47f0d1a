// What a query reads: the nodes of its plan that touch a table, and how many rows each brought up.
import type { ClientBase } from 'pg'
import type { Queryable } from '../../src/platform/postgres/prepared.ts'

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

export interface Read {
  readonly type: string
  readonly table: string
  /** Rows that were looked at, whether they were wanted or not. */
  readonly read: number
}

/** Explains the query that is asked, by the plan for any parameters that a connection settles on. */
export async function readsOf(client: ClientBase, ask: (on: Queryable) => Promise<unknown>) {
  let plan: PlanNode | undefined
  const explaining = {
    query: async ({ text, values }: { text: string; values: unknown[] }) => {
      await client.query('set plan_cache_mode = force_generic_plan')
      await client.query(`prepare asked as ${text}`)
      const literals = values.map((value) => client.escapeLiteral(`${value}`)).join(', ')
      const { rows } = await client.query(
        `explain (analyze, format json) execute asked(${literals})`,
      )
      plan = rows[0]['QUERY PLAN'][0].Plan
      await client.query('deallocate asked')
      await client.query('reset plan_cache_mode')
      return { rows: [] }
    },
  } as unknown as Queryable
  await ask(explaining)
  if (!plan) throw new Error('nothing was asked')
  return { nodes: [...readsIn(plan)], rows: plan['Actual Rows'] }
}

function* readsIn(node: PlanNode): Generator<Read> {
  const table = node['Relation Name'] ?? node['Index Name']
  if (table) {
    const rows = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)
    yield { type: node['Node Type'], table, read: rows * node['Actual Loops'] }
  }
  for (const child of node.Plans ?? []) yield* readsIn(child)
}
