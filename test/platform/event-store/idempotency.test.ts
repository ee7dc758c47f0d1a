// Carrying out a keyed command: what is said when it failed, and its key cannot be looked up again.
import t from 'tap'
import { RejectedError, UnavailableError } from '../../../src/platform/event-store/errors.ts'
import { idempotencyKeyReused, runOnce } from '../../../src/platform/event-store/idempotency.ts'

const key = { actor: 'a', operation: 'o', key: 'k' }

/** A command that fails with `error`; its key is unknown before, and afterwards looked up like this. */
const failing = (error: Error, again: () => Promise<string | undefined>) => {
  let looks = 0
  const find = () => (looks++ === 0 ? Promise.resolve(undefined) : again())
  return runOnce(key, find, () => Promise.reject(error))
}

t.test('that a command may be recorded is not lost when the second look fails, too', async (t) => {
  const doubt = new UnavailableError('it may be recorded, or not')
  const away = () => Promise.reject(new Error('connection refused'))
  await t.rejects(failing(doubt, away), doubt)
})

t.test('that the key was used for something else is told instead of the failure', async (t) => {
  const refused = new RejectedError('conflict', 'refused')
  await t.rejects(
    failing(refused, () => Promise.reject(idempotencyKeyReused())),
    { code: 'idempotency_key_reused' },
  )
})

t.test('what the first one was answered is told instead of the failure', async (t) => {
  const refused = new RejectedError('conflict', 'refused')
  t.equal(await failing(refused, async () => 'as before'), 'as before')
})

t.test('where the first one left nothing to do, its answer is told', async (t) => {
  let looks = 0
  const find = async () => (looks++ === 0 ? undefined : 'as before')
  t.equal(await runOnce<string | undefined>(key, find, async () => undefined), 'as before')
  const never = async () => undefined
  t.equal(await runOnce<string | undefined>(key, never, async () => undefined), undefined)
})
