// A gate: an advisory lock that SQL of a test acquires, so that the engine stops in the middle of a
// replay or a release file for as long as the test keeps the gate closed.
import type { ClientBase } from 'pg'
import { until } from '../until.ts'
import { locksOf } from './blocked-sessions.ts'

/** A statement for a projection in PL/pgSQL: it waits while the gate is closed. */
export const passGate = 'perform pg_advisory_xact_lock_shared(1, 1);'
/** The same for a release file, which is plain SQL. */
export const passGateInFile = 'select pg_advisory_xact_lock(1, 1);'

export async function closeGate(db: ClientBase): Promise<void> {
  await db.query('select pg_advisory_lock(1, 1)')
}

export async function openGate(db: ClientBase): Promise<void> {
  await db.query('select pg_advisory_unlock(1, 1)')
}

/** Resolves once a backend waits at the gate; returns its locks at that moment. */
export async function untilAtGate(db: ClientBase, pid: number) {
  return until(`process ${pid} waits at the gate`, async () => {
    const locks = await locksOf(db, pid)
    return locks.some(({ granted, key }) => !granted && key === '1 1') && locks
  })
}
