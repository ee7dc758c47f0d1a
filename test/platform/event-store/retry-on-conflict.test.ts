// Only a version conflict is retried, and only a few times.
import t from 'tap'
import { RejectedError } from '../../../src/platform/event-store/errors.ts'
import { retryOnConflict } from '../../../src/platform/event-store/retry-on-conflict.ts'

const conflict = new RejectedError('version_conflict', 'another command was faster')

/** An attempt that throws these errors first, then succeeds. */
function attemptAfter(...errors: Error[]) {
  let count = 0
  return async () => {
    const error = errors[count++]
    if (error) throw error
    return count
  }
}

t.test('an attempt is retried after a version conflict', async (t) => {
  t.equal(await retryOnConflict(3, attemptAfter(conflict, conflict)), 3)
})

t.test('the version conflict of the last attempt is thrown', async (t) => {
  await t.rejects(retryOnConflict(3, attemptAfter(conflict, conflict, conflict)), conflict)
})

t.test('an attempt is not retried after another rejection', async (t) => {
  const taken = new RejectedError('email_taken', 'taken')
  await t.rejects(retryOnConflict(3, attemptAfter(conflict, taken)), { code: 'email_taken' })
})
