// Reports of messages for the tests of operators, and what the audit list then has.
import type { ClientBase } from 'pg'
import type { Arrived } from './http/served.ts'

/** Returns a function by which a sender sends the reporter a message that is then reported. It returns the report's id. */
export function reporting(owner: ClientBase, reporter: Arrived) {
  return async ({ client }: Arrived, content: string): Promise<string> => {
    const sent = await client.POST('/messages', { body: { to: reporter.user.id, content } })
    const params = { path: { id: sent.data?.id ?? '' } }
    await reporter.client.POST('/messages/{id}/reports', { params, body: { reason: 'spam' } })
    const { rows } = await owner.query(
      'select id from read.reports_17 order by position desc limit 1',
    )
    return rows[0].id
  }
}

/** Returns a function that lists the acts since this call, the first one first. */
export async function actsFrom(owner: ClientBase) {
  const { rows } = await owner.query('select coalesce(max(id), 0) as last from work.acts')
  return async () => {
    const found = await owner.query('select actor, act from work.acts where id > $1 order by id', [
      rows[0].last,
    ])
    return found.rows.map(({ actor, act }) => `${actor}: ${act}`)
  }
}
