// What a search reads: the nodes of its plan that touch a table, and how many rows each brought up.
import type { ClientBase } from 'pg'
import { searchMessages } from '../../src/messaging/search.ts'
import type { Queryable } from '../../src/postgres/prepared.ts'

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

/** Explains the first page of a search, by the plan for any user that a connection settles on. */
export async function readsOf(client: ClientBase, userId: string, question: string) {
  const explaining = {
    query: async ({ text, values }: { text: string; values: unknown[] }) => {
      await client.query('set plan_cache_mode = force_generic_plan')
      await client.query(`prepare search as ${text}`)
      const literals = values.map((value) => client.escapeLiteral(`${value}`)).join(', ')
      const explained = `explain (analyze, format json) execute search(${literals})`
      const answer = await client.query(explained)
      await client.query('deallocate search')
      await client.query('reset plan_cache_mode')
      return answer
    },
  } as unknown as Queryable
  const page = { order: 'desc', fetch: 51 } as const
  const [row] = await searchMessages(explaining, { userId }, question, page)
  const plan = (row as unknown as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan
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
