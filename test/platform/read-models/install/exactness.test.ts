// Exactness: each committed event is in a new read table once, whatever writers do while the table is
// installed. `npm run soak` installs hundreds.
import t from 'tap'
import { repeatedAttaching } from '../../../support/read-models/install/repeated-attaching.ts'
import { repeatedInstalls } from '../../../support/read-models/install/repeated-installs.ts'

t.test('Four installs under writers miss no event and apply none twice', async (t) => {
  const { miscounts, damages, written } = await repeatedInstalls(t, {
    installs: 4,
    writers: 4,
  })
  t.strictSame(miscounts.slice(0, 5), [])
  t.strictSame(damages, [], 'verify finds no difference')
  t.ok(written > 75, `${written} events were written`)
})

t.test('A table that is attached 50 times under warm sessions misses no event', async (t) => {
  const { miscounts, live, ofType } = await repeatedAttaching(t, { rounds: 50, writers: 3 })
  t.strictSame(miscounts.slice(0, 5), [])
  t.ok(ofType > 50, `${ofType} appends called the function of their type`)
  t.ok(live > 50, `${live} events were projected by appends`)
})
