// A request with an idempotency key that fails: which error or response its caller gets.
import t from 'tap'
import { RejectedError, UnavailableError } from '../../../src/platform/event-store/errors.ts'
import { idempotencyKeyReused, runOnce } from '../../../src/platform/event-store/idempotency.ts'

const key = { actor: 'a', operation: 'o', key: 'k' }

/** A request that fails with `error`. The first look-up finds nothing, the second one is `again`. */
const failing = (error: Error, again: () => Promise<string | undefined>) => {
  let lookUps = 0
  const find = () => (lookUps++ === 0 ? Promise.resolve(undefined) : again())
  return runOnce(key, find, () => Promise.reject(error))
}

t.test(
  'a keyed request with an unknown result reports that when the second look-up fails, too',
  async (t) => {
    const doubt = new UnavailableError('it may be recorded, or not')
    const away = () => Promise.reject(new Error('connection refused'))
    await t.rejects(failing(doubt, away), doubt)
  },
)

t.test(
  'a failed request whose key belongs to a different request reports the reused key',
  async (t) => {
    const rejected = new RejectedError('conflict', 'rejected')
    await t.rejects(
      failing(rejected, () => Promise.reject(idempotencyKeyReused())),
      { code: 'idempotency_key_reused' },
    )
  },
)

t.test(
  'a failed request whose key belongs to the same request returns the earlier response',
  async (t) => {
    const rejected = new RejectedError('conflict', 'rejected')
    t.equal(await failing(rejected, async () => 'the earlier response'), 'the earlier response')
  },
)

t.test('a keyed request without anything left to do returns the earlier response', async (t) => {
  let lookUps = 0
  const find = async () => (lookUps++ === 0 ? undefined : 'the earlier response')
  t.equal(
    await runOnce<string | undefined>(key, find, async () => undefined),
    'the earlier response',
  )
  const never = async () => undefined
  t.equal(await runOnce<string | undefined>(key, never, async () => undefined), undefined)
})
