// Headers and rows inserted one by one by an owner, which log.append and the triggers do for other writers.
import type { ClientBase } from 'pg'
import { idOf } from './ids.ts'

export interface Header {
  position: string
  recorded_at: string
}

export interface ByHand {
  /** Registers a user by a plain insert; returns the id. */
  register(): Promise<string>
  /** Inserts a header alone; returns its position and time. */
  header(stream: string, version: number, type: string): Promise<Header>
  /** Inserts the row of a password change alone, for the header given. */
  change(user: string, header: Partial<Header>): Promise<unknown>
}

export function byHand(db: ClientBase): ByHand {
  let users = 0
  return {
    async register() {
      const id = idOf(++users)
      const values = [id, `${users}@x.org`]
      await db.query(`insert into log.user_registered_1 values ($1, $2, 'x')`, values)
      return id
    },
    async header(stream, version, type) {
      const { rows } = await db.query<Header>(
        `insert into log.events (stream_id, stream_version, type) values ($1, $2, $3)
         returning position, recorded_at::text`,
        [stream, version, type],
      )
      return rows[0] as Header
    },
    change(user, { position, recorded_at }) {
      return db.query(
        `insert into log.password_changed_2 (id, user_id, password_hash, position, recorded_at)
         values (gen_random_uuid(), $1, 'changed', $2, $3)`,
        [user, position, recorded_at],
      )
    },
  }
}
