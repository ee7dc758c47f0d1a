// Claims: who asks for a name first has it, on whichever server, until nobody has asked for so long.
import t from 'tap'
import { createReservations } from '../../../src/features/users/username-reservations.ts'
import { reservedSeconds } from '../../../src/platform/rate-limits/policies.ts'
import { openPool } from '../../support/domain.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { stopClock } from '../../support/limit-servers.ts'

const pass = stopClock()
const url = await installedDatabase(t)
const owner = await connect(t, url)
const servers = [0, 1].map(() => createReservations(openPool(t, url), 'thing'))
const reserve = async (name: string, by: string, on = 0) =>
  (await servers[on]?.(name, by)) !== undefined

t.test('of many who ask at once on two servers one has it, and has it again', async (t) => {
  const who = Array.from({ length: 40 }, (_, n) => `caller ${n}`)
  const all = await Promise.all(who.map((by, n) => reserve('gem', by, n % 2)))
  t.equal(all.filter(Boolean).length, 1)
  const first = who[all.indexOf(true)] ?? ''
  t.ok(await reserve('GEM', first), 'in whatever capitals')
  t.notOk(await reserve('gem', 'a late caller', 1))
})

t.test(
  'it is free again when nobody has asked for long, or who has it gives it back',
  async (t) => {
    t.ok(await reserve('ring', 'ada'))
    pass(reservedSeconds - 1)
    t.notOk(await reserve('ring', 'bob'), 'and now it is hers for as long again')
    pass(reservedSeconds - 1)
    t.notOk(await reserve('ring', 'bob'))
    pass(reservedSeconds)
    t.ok(await reserve('ring', 'bob'))
    await (await servers[0]?.('ring', 'bob'))?.release()
    t.ok(await reserve('ring', 'ada', 1))
  },
)

t.test('names of two kinds never meet, and none is in the table', async (t) => {
  const others = createReservations(openPool(t, url), 'other')
  t.ok(await reserve('crown', 'ada'))
  t.ok(await others('crown', 'bob'))
  const { rows } = await owner.query('select key from limits.counts')
  t.notOk(rows.some(({ key }) => /crown|ring|gem/.test(key)))
})
