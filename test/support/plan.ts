// What a query reads: the nodes of its plan that touch a table or index, and how many rows each read.
import type { ClientBase } from 'pg'
import type { Queryable } from '../../src/platform/postgres/prepared.ts'

/** A node of a plan that PostgreSQL explains as JSON. */
export interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

export interface TableRead {
  readonly type: string
  readonly table: string
  /** Rows that the node read, including those that its filter removed. */
  readonly read: number
}

/**
 * Runs `ask` with a connection that explains its query instead of running it, by the generic plan,
 * on which a connection settles for a statement that it has prepared.
 */
export async function readsOf(client: ClientBase, ask: (on: Queryable) => Promise<unknown>) {
  let plan: PlanNode | undefined
  const explaining = {
    query: async ({ text, values }: { text: string; values: unknown[] }) => {
      await client.query('set plan_cache_mode = force_generic_plan')
      await client.query(`prepare explained as ${text}`)
      const literals = values.map((value) => client.escapeLiteral(`${value}`)).join(', ')
      const { rows } = await client.query(
        `explain (analyze, format json) execute explained(${literals})`,
      )
      plan = rows[0]['QUERY PLAN'][0].Plan
      await client.query('deallocate explained')
      await client.query('reset plan_cache_mode')
      return { rows: [] }
    },
  } as unknown as Queryable
  await ask(explaining)
  if (!plan) throw new Error('the function sent no query')
  return { nodes: [...readsIn(plan)], rows: plan['Actual Rows'] }
}

function* readsIn(node: PlanNode): Generator<TableRead> {
  const table = node['Relation Name'] ?? node['Index Name']
  if (table) {
    const rows = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)
    yield { type: node['Node Type'], table, read: rows * node['Actual Loops'] }
  }
  for (const child of node.Plans ?? []) yield* readsIn(child)
}
