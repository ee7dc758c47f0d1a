// RFC 9562, 5.5 and the example of its appendix A.4.
import t from 'tap'
import { uuidV5 } from '../../../src/platform/event-store/uuid-v5.ts'

t.test('uuidV5 gives the id of the example in the RFC', async (t) => {
  const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
  t.equal(uuidV5(dns, 'www.example.com'), '2ed6657d-e927-568b-95e1-2665a8aea6a2')
})
