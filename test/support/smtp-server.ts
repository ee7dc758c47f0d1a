// A real SMTP server on a free port, whose mails a real parser reads. A test can intervene at each
// stage of a delivery: reject it, or do something to the sending worker.
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import type { Finishing } from './database.ts'
import { until } from './until.ts'

export type Stage = 'connected' | 'login' | 'from' | 'to' | 'content' | 'accepted'

/** Rejects the delivery by throwing. */
export type StepIn = (stage: Stage) => void | Promise<void>

export interface Received extends Email {
  /** The recipients of the envelope. */
  readonly recipients: readonly string[]
}

/** Starts a server that listens until the test ends. */
export async function smtpServer(t: Finishing, stepIn: StepIn = () => undefined) {
  const mails: Received[] = []
  const at = (stage: Stage, done: (error?: Error | null) => void) =>
    void Promise.resolve()
      .then(() => stepIn(stage))
      .then(() => done(), done)
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onConnect: (_session, done) => at('connected', done),
    onAuth: ({ username }, _session, done) =>
      at('login', (error) => done(error ?? null, { user: username })),
    onMailFrom: (_address, _session, done) => at('from', done),
    onRcptTo: (_address, _session, done) => at('to', done),
    onData: (stream, session, done) => {
      const received = async () => {
        const raw = await text(stream)
        await stepIn('content')
        const recipients = session.envelope.rcptTo.map(({ address }) => address)
        mails.push({ ...(await PostalMime.parse(raw)), recipients })
        await stepIn('accepted')
      }
      received().then(() => done(), done)
    },
  })
  // A worker that a test killed during a delivery.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  /** Waits for `count` mails to an address with this subject, and returns them. */
  const mailsTo = (email: string, subject: RegExp, count = 1): Promise<Received[]> =>
    until(`${count} mails to ${email}`, async () => {
      const found = mails.filter(
        (mail) => mail.recipients.includes(email) && subject.test(mail.subject ?? ''),
      )
      return found.length >= count && found
    })
  return { url: `smtp://127.0.0.1:${port}`, mails, mailsTo }
}

/** The link in a mail, and the token at its end. */
export function linkIn({ text = '' }: Pick<Received, 'text'>): { link: string; token: string } {
  const [link = '', token = ''] = /https?:\/\/\S+#token=([\w-]+)\S*/.exec(text) ?? []
  return { link, token }
}
