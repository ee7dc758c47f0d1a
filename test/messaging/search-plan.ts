// What a search reads: the nodes of its plan that touch a table, and how many rows each brought up.
import type { ClientBase } from 'pg'
import type { MessageFilter } from '../../src/messaging/boxes.ts'
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
export async function readsOf(client: ClientBase, filter: MessageFilter, question: string) {
  let explained: { 'QUERY PLAN': [{ Plan: PlanNode }] } | undefined
  const explaining = {
    query: async ({ text, values }: { text: string; values: unknown[] }) => {
      await client.query('set plan_cache_mode = force_generic_plan')
      await client.query(`prepare search as ${text}`)
      const literals = values.map((value) => client.escapeLiteral(`${value}`)).join(', ')
      const { rows } = await client.query(
        `explain (analyze, format json) execute search(${literals})`,
      )
      explained = rows[0]
      await client.query('deallocate search')
      await client.query('reset plan_cache_mode')
      return { rows: [] }
    },
  } as unknown as Queryable
  const page = { order: 'desc', fetch: 51 } as const
  await searchMessages(explaining, filter, question, page)
  const plan = (explained as unknown as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0]
    .Plan
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
