// RFC 9562, 5.7 and the example of its appendix A.6.
import fc from 'fast-check'
import t from 'tap'
import { uuidV7 } from '../../../src/platform/event-store/uuid-v7.ts'

t.test('uuidV7 puts time, version and variant where the RFC does', async (t) => {
  const moment = Date.parse('2022-02-22T14:22:22-05:00')
  t.match(uuidV7(moment), /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('ids of uuidV7 sort by their time', async (t) => {
  const moment = fc.nat(2 ** 48 - 1)
  fc.assert(fc.property(moment, moment, (a, b) => a === b || a < b === uuidV7(a) < uuidV7(b)))
  t.pass('no two times break the order')
})

t.test('ids of uuidV7 for the same time differ', async (t) => {
  t.equal(new Set(Array.from({ length: 1000 }, () => uuidV7(0))).size, 1000)
})
