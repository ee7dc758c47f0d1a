// Moves the deletions and restorations of an account into the past, in the log and in every table that has its time, as if the user had
// left 31 days ago. The guards of the log let the owner do what an erasure does.
import type { ClientBase } from 'pg'

export async function leftLongAgo(owner: ClientBase, userId: string): Promise<void> {
  await owner.query('begin')
  await owner.query(`select set_config('epistle.erasing', pg_current_xact_id()::text, true)`)
  const earlier = (column: string) => `${column} = ${column} - interval '31 days'`
  for (const statement of [
    `update log.events set ${earlier('recorded_at')} where stream_id = $1 and type ~ '^user_(left|restored)_'`,
    `update log.user_left_15 set ${earlier('recorded_at')} where user_id = $1`,
    `update log.user_restored_15 set ${earlier('recorded_at')} where user_id = $1`,
    `update read.left_users_15 set ${earlier('restorable_until')} where user_id = $1`,
    `update read.reserved_usernames_14 set ${earlier('reserved_until')} where user_id = $1`,
    `update read.blocks_17 set ${earlier('blocked_at')} where user_id = $1 and blocked_id = $1`,
    `update read.user_history_7 set ${earlier('happened_at')} where user_id = $1 and what ~ '^account_'`,
    `update work.tasks set ${earlier('due_at')} where process = 'erasure_15' and data ->> 'userId' = $1::text`,
  ]) {
    await owner.query(statement, [userId])
  }
  await owner.query('commit')
}
