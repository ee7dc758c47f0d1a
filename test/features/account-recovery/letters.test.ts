// The letters: the language of an account, the folder that replaces letters, and mistakes in it.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { loadAccountLetters, toTime } from '../../../src/features/account-recovery/letters.ts'
import { type ServeOptions, serve } from '../../../src/serve.ts'
import { work } from '../../../src/work.ts'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { idOf } from '../../support/ids.ts'
import { linkIn } from '../../support/smtp-server.ts'

const link = 'Öffnen: {link}\n\n{expiry}'
const added = {
  verification: `Subject: تأكيد {product}\n\nمرحبا {product}.\n\n${link}`,
  'password-reset': `Subject: Reset\n\n${link}`,
  'choose-password': `Subject: Choose\n\n${link}`,
  'password-changed': 'Subject: Changed\n\nChanged.',
  'account-exists': 'Subject: Exists\n\nExists.',
  'email-change': `Subject: Change\n\n${link}`,
  'email-change-taken': 'Subject: Taken\n\nTaken.',
  'email-changed': `Subject: Moved\n\n${link}`,
  'email-restored': `Subject: Restored\n\n${link}`,
  'account-deleted': `Subject: Deleted\n\n${link}`,
  'new-login': `Subject: Login\n\n{device} {time} ${link}`,
  'account-locked': 'Subject: Locked\n\n{time}',
  'username-changed': 'Subject: Renamed\n\nRenamed.',
}

const testFolder = t.testdir()
let folders = 0

/** Writes letters by path into a new folder. */
async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  folders += 1
  const root = join(testFolder, String(folders))
  await mkdir(root)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return root
}

const arabic = Object.entries(added).map(([name, text]) => [`ar/${name}.txt`, text] as const)
const LETTERS_DIR = await folderWith({
  ...Object.fromEntries(arabic),
  'zh-Hant/verification.txt': `Subject: 確認您的電子郵件地址\r\n\r\n第一行\r\n第二行\r\n\r\n${link}`,
  ...Object.fromEntries(
    arabic.slice(1).map(([path, text]) => [path.replace('ar', 'zh-Hant'), text]),
  ),
  'de/password-reset.txt': `\ufeffSubject: Neues Passwort für {product}\n\n${link}`,
  '.hidden': 'ignored',
})
const PRODUCT_NAME = 'Pigeon <b> & {link}'
const service = await servedWithMail(t, { LETTERS_DIR, PRODUCT_NAME })
const { client, owner, mailsTo, send, databaseUrl, log } = service
await service.startWorker()

const register = async (name: string, language?: string) => {
  const email = `${name}@example.org`
  const response = await send('/users', {
    method: 'POST',
    headers: { 'accept-language': language ?? '' },
    body: JSON.stringify({ email, username: name, password }),
  })
  t.equal(response.status, 201, `${name} is registered`)
  return email
}
const languageOf = async (email: string) => {
  const { rows } = await owner.query(
    `select metadata ->> 'language' as language from log.events
     join read.users_2 u on u.id = stream_id where stream_version = 1 and email = $1`,
    [email],
  )
  return rows[0].language
}
const reset = (email: string) => client().POST('/password-resets', { body: { email } })

t.test('An account gets its mails in the language that its registration accepted', async (t) => {
  for (const [name, header, language, subject] of [
    ['ada', 'de-AT, en;q=0.5', 'de', /^Bestätigen Sie Ihre E-Mail-Adresse für Pigeon/],
    ['bob', 'en-US,en;q=0.9', 'en', /^Confirm your e-mail address for Pigeon/],
    ['eva', 'fr;q=0.9, de;q=0.1, en;q=0', 'de', /^Bestätigen/],
    ['fay', 'fr', null, /^Confirm/],
    ['gus', undefined, null, /^Confirm/],
    ['hal', ';;q=x,,=,"', null, /^Confirm/],
  ] as const) {
    const email = await register(name, header)
    t.equal(await languageOf(email), language, name)
    const [mail] = await mailsTo(email, /./)
    t.match(mail?.subject, subject, name)
    t.match(mail?.html, `<html lang="${language ?? 'en'}">`)
    t.match(linkIn(mail ?? {}).link, new RegExp(`/verify-email\\?lang=${language ?? 'en'}#token=`))
  }
})

t.test('The session that a registration starts does not record the language', async (t) => {
  const body = { email: 'ina@example.org', username: 'ina', password, logIn: true }
  const headers = { 'accept-language': 'de' }
  t.equal(
    (await send('/users', { method: 'POST', headers, body: JSON.stringify(body) })).status,
    201,
  )
  const { rows } = await owner.query(
    `select type from log.events where metadata ? 'language' and stream_id in
     (select unnest(array[id, user_id]) from read.sessions_10)`,
  )
  t.equal(rows.length, 1, 'one event has it')
  t.match(rows[0].type, /^user_registered/)
})

t.test('A letter of the folder replaces one, and the others of its language stay', async (t) => {
  await reset('ada@example.org')
  const [mail] = await mailsTo('ada@example.org', /^Neues Passwort für Pigeon <b> & \{link\}$/)
  t.match(
    mail?.html,
    '<h1 dir="auto">Neues Passwort für <bdi>Pigeon &lt;b&gt; &amp; {link}</bdi></h1>',
  )
  t.match(mail?.text, /^Öffnen: https:\/\/epistle\.example\/reset-password\?lang=de#token=/)
})

t.test('A right-to-left and an unspaced language arrive as they were written', async (t) => {
  const [mail] = await mailsTo(await register('kim', 'ar-EG'), /./)
  t.equal(mail?.subject, `تأكيد ${PRODUCT_NAME}`)
  t.match(mail?.text, `مرحبا ${PRODUCT_NAME}.`)
  t.match(mail?.html, '<html lang="ar">')
  t.match(mail?.html, '<p dir="auto">مرحبا <bdi>Pigeon &lt;b&gt; &amp; {link}</bdi>.</p>')
  const [unspaced] = await mailsTo(await register('lin', 'zh-Hant'), /./)
  t.equal(unspaced?.subject, '確認您的電子郵件地址')
  t.match(unspaced?.text, /^第一行\r?\n第二行\r?\n/)
  t.match(unspaced?.html, '第一行<br>\n第二行')
})

t.test(
  'An account of an older release, and one whose letters are gone, get the default',
  async (t) => {
    await owner.query(`insert into log.user_registered_0 values ($1, 'old@example.org', '-')`, [
      idOf(1),
    ])
    t.match((await mailsTo('old@example.org', /./))[0]?.subject, /^Confirm/)
    // A server with other letters than the worker's registered it.
    const env = { PORT: '0', RATE_LIMITS: 'off', ARGON2_MEMORY_KIB: '1024' }
    const french = await folderWith(
      Object.fromEntries(arabic.map(([path, text]) => [path.replace('ar', 'fr'), text])),
    )
    const config = loadConfig({ ...env, LETTERS_DIR: french })
    const server = await serve({ config, databaseUrl, log })
    t.teardown(() => server.close())
    const email = 'leo@example.org'
    await fetch(`${server.url}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': 'fr' },
      body: JSON.stringify({ email, username: 'leo', password }),
    })
    t.equal(await languageOf(email), 'fr')
    t.match((await mailsTo(email, /./))[0]?.subject, /^Confirm/)
  },
)

t.test('A page opens in the language of its link, and DEFAULT_LANGUAGE is last', async (t) => {
  const env = { PORT: '0', RATE_LIMITS: 'off', DEFAULT_LANGUAGE: 'de' }
  const server = await serve({ config: loadConfig(env), databaseUrl, log })
  t.teardown(() => server.close())
  const page = async (query: string, language?: string) => {
    const headers = { 'accept-language': language ?? '' }
    const text = await (await fetch(`${server.url}/verify-email${query}`, { headers })).text()
    return /<html lang="(\w+)"/.exec(text)?.[1]
  }
  t.equal(await page('?lang=en', 'de'), 'en')
  t.equal(await page('?lang=de-AT', 'en'), 'de')
  t.equal(await page('?lang=ar', 'en'), 'en')
  t.equal(await page('?lang=ar&lang=de', 'en'), 'en')
  t.equal(await page('', 'fr'), 'de')
})

t.test('A worker or a server does not start with letters that have a mistake', async (t) => {
  const fine = added.verification
  const mistakes: readonly [Record<string, string | Uint8Array>, RegExp][] = [
    [{ 'de/verification.txt': fine.replace('{link}', '') }, /lacks \{link\} in its text/],
    [
      { 'de/verification.txt': `${fine} {name}` },
      /unknown placeholder \{name\}; it can have \{link/,
    ],
    [{ 'de/verification.txt': `${fine} {` }, /a brace that belongs to no placeholder/],
    [{ 'de/verification.txt': `${fine} {constructor}` }, /unknown placeholder \{constructor\}/],
    [{ 'de/verification.txt': fine.replace('{product}', '{link}') }, /\{link\} in its subject/],
    [{ 'de/verification.txt': 'Confirm\n\n{link} {expiry}' }, /must be a line "Subject/],
    [{ 'de/verification.txt': `Subject: a\rBcc: b\n\n${link}` }, /control characters/],
    [{ 'de/verification.txt': Uint8Array.of(0xff) }, /is not in UTF-8/],
    [{ 'de/verification.txt/x': '' }, /cannot read the letter/],
    [{ 'de/verify.txt': fine }, /is no letter; the letters are verification\.txt/],
    [{ 'de/constructor.txt': fine }, /is no letter/],
    [{ 'de/verification': fine }, /is no letter/],
    [{ 'fr/verification.txt': fine }, /letters in "fr" are missing: password-reset\.txt, choose/],
    [{ 'de_AT/verification.txt': fine }, /expected a folder named by a language tag/],
    [{ 'de-at/verification.txt': fine }, /expected a folder named by a language tag/],
    [{ de: '' }, /cannot read the folder .*check LETTERS_DIR/],
  ]
  for (const [files, message] of mistakes) {
    const lettersDir = await folderWith(files)
    const loading = loadAccountLetters({ lettersDir, defaultLanguage: 'en' })
    await t.rejects(loading, { name: 'LettersError', message }, String(message))
  }
  const settings = { SMTP_URL: 'smtp://127.0.0.1:1', PORT: '0' }
  const absent = loadConfig({ ...settings, LETTERS_DIR: join(LETTERS_DIR, 'absent') })
  const unknown = loadConfig({ ...settings, DEFAULT_LANGUAGE: 'fr' })
  const starts: ((options: ServeOptions) => Promise<unknown>)[] = [work, serve]
  for (const start of starts) {
    await t.rejects(start({ config: absent, databaseUrl, log }), {
      name: 'LettersError',
      message: /absent.*check LETTERS_DIR/,
    })
    await t.rejects(start({ config: unknown, databaseUrl, log }), {
      message:
        'there are no letters in "fr"; set DEFAULT_LANGUAGE to one of de, en, or add a folder to LETTERS_DIR',
    })
  }
})

t.test('The letters of a variant of a language are those of the language', async (t) => {
  const letters = await loadAccountLetters({ lettersDir: undefined, defaultLanguage: 'de' })
  t.strictSame(letters.languages, ['de', 'en'])
  t.equal(letters.find('verification', 'en-GB').language, 'en')
  t.equal(letters.find('verification', '').language, 'de')
  t.equal(letters.find('verification', '__proto__').language, 'de')
})

t.test('A time of expiry is in the words of its language', async (t) => {
  const instant = new Date('2026-11-29T20:15:00Z')
  t.equal(toTime(instant, 'en'), 'Nov 29, 20:15 UTC')
  t.equal(toTime(instant, 'de'), '29. Nov., 20:15 UTC')
  t.equal(toTime(instant, 'tlh'), '29 Nov, 20:15 UTC')
})
