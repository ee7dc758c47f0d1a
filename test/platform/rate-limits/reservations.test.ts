// Reservations: the first owner who requests a name holds it on every server, until it was not requested for
// long enough.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import {
  createOneAtATime,
  type OneAtATime,
} from '../../../src/platform/rate-limits/one-at-a-time.ts'
import { reservedSeconds } from '../../../src/platform/rate-limits/policies.ts'
import { createReservations } from '../../../src/platform/rate-limits/reservations.ts'
import { openPool } from '../../support/domain.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { stopClock } from '../../support/limit-servers.ts'

const pass = stopClock()
const url = await installedDatabase(t)
const owner = await connect(t, url)
const duration = { seconds: reservedSeconds, isRenewed: true }
const servers = [0, 1].map(() => createReservations(openPool(t, url), 'thing', duration))
const reserve = async (name: string, by: string, on = 0) =>
  (await servers[on]?.(name, by)) !== undefined

t.test(
  'Of many concurrent owners on two servers one reserves the name, and can renew it',
  async (t) => {
    const owners = Array.from({ length: 40 }, (_, n) => `caller ${n}`)
    const all = await Promise.all(owners.map((by, n) => reserve('gem', by, n % 2)))
    t.equal(all.filter(Boolean).length, 1)
    const first = owners[all.indexOf(true)] ?? ''
    t.ok(await reserve('GEM', first), 'in any case')
    t.notOk(await reserve('gem', 'a late owner', 1))
  },
)

t.test('A name is free again after it was not requested for long, or was released', async (t) => {
  t.ok(await reserve('ring', 'ada'))
  pass(reservedSeconds - 1)
  t.notOk(await reserve('ring', 'bob'), 'and each request prolongs the reservation')
  pass(reservedSeconds - 1)
  t.notOk(await reserve('ring', 'bob'))
  pass(reservedSeconds)
  t.ok(await reserve('ring', 'bob'))
  await (await servers[0]?.('ring', 'bob'))?.release()
  t.ok(await reserve('ring', 'ada', 1))
})

t.test('Names of two kinds do not collide, and the table contains none of them', async (t) => {
  const others = createReservations(openPool(t, url), 'other', duration)
  t.ok(await reserve('crown', 'ada'))
  t.ok(await others('crown', 'bob'))
  const { rows } = await owner.query('select key from limits.counts')
  t.notOk(rows.some(({ key }) => /crown|ring|gem/.test(key)))
})

t.test('An owner whose reservation expired does not release that of the next', async (t) => {
  const late = await servers[0]?.('cup', 'ada')
  pass(reservedSeconds + 1)
  t.ok(await reserve('cup', 'bob', 1))
  await late?.release()
  t.notOk(await reserve('cup', 'cid'), 'the name is still reserved')
})

t.test('Work that lasts longer than its lock does not release the lock of the next', async (t) => {
  const [one, other] = [0, 1].map(() => createOneAtATime(openPool(t, url), 'work')) as [
    OneAtATime,
    OneAtATime,
  ]
  const order: string[] = []
  let third = Promise.resolve()
  await one('chair', async () => {
    pass(31)
    const second = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const next = other('chair', async () => {
      begun.resolve()
      await second.promise
      order.push('the second ends')
    })
    await begun.promise
    third = Promise.all([next, pause(200).then(() => second.resolve())]).then(() => undefined)
  })
  await one('chair', async () => void order.push('the third begins'))
  await third
  t.strictSame(order, ['the second ends', 'the third begins'])
})
