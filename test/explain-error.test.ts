// explain: the sentences for errors whose cause an operator can change.
import { mkdir, open } from 'node:fs/promises'
import pg from 'pg'
import t from 'tap'
import { explain } from '../src/explain-error.ts'

const pgError = (code: string) =>
  Object.assign(new pg.DatabaseError('the reason', 1, 'error'), { code })

t.test('An error of PostgreSQL that an operator can act on is explained', async (t) => {
  const advices = {
    42501: /owns the database/,
    25006: /accepts no writes.*default_transaction_read_only/,
    53100: /disk/,
    53200: /limit of the database server/,
    53300: /end other connections, or raise the limit/,
    '28P01': /login/,
    '3D000': /database in DATABASE_URL/,
    57014: /run the command again/,
    '57P05': /ended the connection/,
    '25P03': /ended the connection/,
    '25P04': /ended the connection/,
    '08P01': /connection pooler/,
    '55P03': /lock/,
    58030: /log of the database server/,
    XX001: /log of the database server/,
  }
  for (const [code, advice] of Object.entries(advices)) {
    t.match(explain(pgError(code)), /^the reason; /, code)
    t.match(explain(pgError(code)), advice, code)
  }
})

t.test('An error of the file system or of TLS is explained', async (t) => {
  const failures = [() => open('/none/file'), () => mkdir('/dev/null/.data'), () => open('/', 'w')]
  for (const failure of failures) {
    const error = await failure().then(
      () => undefined,
      (reason) => reason,
    )
    t.match(explain(error), /^E[A-Z]+: .*; check this path, its owner and its permissions, /)
  }
  for (const code of ['SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_OSSL_X']) {
    t.match(explain(Object.assign(new Error('x'), { code })), /^x; check the certificates/, code)
  }
  const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' })
  t.match(explain(new AggregateError([refused])), /^x; check DATABASE_URL/)
})

t.test('A fault of the program is not explained, so its stack is printed', async (t) => {
  t.equal(explain(new TypeError('x')), undefined)
  t.equal(explain(pgError('42601')), undefined)
  t.equal(explain('x'), undefined)
})
