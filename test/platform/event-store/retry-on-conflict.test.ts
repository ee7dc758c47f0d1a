// Only a lost race is run again, and not for ever.
import t from 'tap'
import { RejectedError } from '../../../src/platform/event-store/errors.ts'
import { retryOnConflict } from '../../../src/platform/event-store/retry-on-conflict.ts'

const conflict = new RejectedError('version_conflict', 'somebody was faster')

/** An attempt that meets these errors first, then succeeds. */
function attemptAfter(...errors: Error[]) {
  let count = 0
  return async () => {
    const error = errors[count++]
    if (error) throw error
    return count
  }
}

t.test('a version conflict is tried again', async (t) => {
  t.equal(await retryOnConflict(3, attemptAfter(conflict, conflict)), 3)
})

t.test('the last of the attempts is the last', async (t) => {
  await t.rejects(retryOnConflict(3, attemptAfter(conflict, conflict, conflict)), conflict)
})

t.test('any other refusal stands', async (t) => {
  const taken = new RejectedError('email_taken', 'taken')
  await t.rejects(retryOnConflict(3, attemptAfter(conflict, taken)), { code: 'email_taken' })
})
