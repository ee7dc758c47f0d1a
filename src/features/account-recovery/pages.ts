/**
 * The pages that links in mails open, for operators without a front end: each has one form. The token
 * follows the `#`, which browsers do not send, so no log contains it. Nothing happens until the user presses
 * the button, because mail scanners and other programs open links too.
 */

import type { App } from '../../platform/http/app.ts'
import { escapeHtml, sendHtml } from '../../platform/http/html.ts'
import { preferredLanguage } from '../../platform/http/languages.ts'
import { type PageTexts, pageTexts } from './page-texts.ts'

export interface PageOptions {
  /** In the title, and in the link to the application. */
  readonly productName: string
  /** Where the link to the application leads; there is none without it. */
  readonly appUrl: string | undefined
  /** For readers whose browser prefers no language of the pages. */
  readonly defaultLanguage: string
}

interface Page {
  readonly title: string
  /** The HTML above the button. */
  readonly body: string
  readonly button: string
  /** The path that the form is posted to, relative to the page. */
  readonly to: string
  /** The message after success. */
  readonly done: string
}

/**
 * Shown only when the link names the present username: the reader has not verified the address yet, and
 * someone else may have chosen that name. A disabled field is not sent.
 */
const usernameField = ({ username, usernameForm }: PageTexts) => `<p hidden>
<label for="username">${username}</label>
<input id="username" name="username" autocomplete="nickname" minlength="3" maxlength="30"
pattern="[a-zA-Z0-9_.\\-]+" title="${usernameForm}" disabled></p>`

/**
 * The field by which password managers save the password for an account. They fill it in; the link does not,
 * because a thief of the link would learn the address, which a login with the new password needs. It has no
 * name, so it is not sent.
 */
const emailField = ({ email }: PageTexts) => `<p><label for="email">${email}</label>
<input id="email" type="email" autocomplete="username"></p>`

const pages: Readonly<Record<string, (texts: PageTexts) => Page>> = {
  '/reset-password': (texts) => ({
    title: texts.reset,
    body: `${usernameField(texts)}
${emailField(texts)}
<p><label for="password">${texts.password}</label>
<input id="password" name="newPassword" type="password" autocomplete="new-password" required></p>`,
    button: texts.setPassword,
    to: 'password-resets/confirm',
    done: texts.changed,
  }),
  '/verify-email': (texts) => ({
    title: texts.verify,
    body: `<p>${texts.about}</p>
${usernameField(texts)}`,
    button: texts.confirm,
    to: 'email-verifications',
    done: texts.confirmed,
  }),
  '/change-email': (texts) => ({
    title: texts.change,
    body: `<p>${texts.aboutChange}</p>`,
    button: texts.confirm,
    to: 'email-changes/confirm',
    done: texts.emailChanged,
  }),
  '/restore-email': (texts) => ({
    title: texts.restore,
    body: `<p>${texts.aboutRestore}</p>`,
    button: texts.setBack,
    to: 'email-changes/revert',
    done: texts.restored,
  }),
  '/restore-account': (texts) => ({
    title: texts.restoreAccount,
    body: `<p>${texts.aboutRestoreAccount}</p>`,
    button: texts.restoreAccount,
    to: 'account-restorations',
    done: texts.accountRestored,
  }),
  '/end-session': (texts) => ({
    title: texts.endSession,
    body: `<p>${texts.aboutSession}</p>
<p><label><input type="checkbox" name="resetPassword" value="true" checked> ${texts.alsoReset}</label></p>`,
    button: texts.wasNotMe,
    to: 'session-revocations',
    done: texts.sessionEnded,
  }),
}

/** The paths of the pages. */
export const pagePaths: readonly string[] = Object.keys(pages)

/**
 * A link works once, so the page keeps its first answer. While a request runs, it sends no other one. After
 * success, the entry in the browser's history and the local storage, which is the same in all tabs, show
 * the result at each reload, and the token leaves the address bar. A stored token is used up. `sent` in the
 * history means that a request got no answer, or that its page was left; it may have succeeded.
 */
const scriptOf = ({ wait, unreachable, expired, unsure, problems }: PageTexts) => `
const texts = ${JSON.stringify({ wait, unreachable, expired, unsure, problems })}
const form = document.querySelector('form')
const button = document.querySelector('button')
const message = document.querySelector('[role=status]')
const username = document.querySelector('#username')
const next = document.querySelector('#next')
const link = new URLSearchParams(location.hash.slice(1))
const token = link.get('token') ?? ''
const name = 'used token of ' + location.pathname
let isSending = false

const usedToken = () => {
  try { return localStorage.getItem(name) } catch { return null }
}
const keepUsedToken = () => {
  try { localStorage.setItem(name, token) } catch {}
}
const isDone = () => history.state?.done || (token !== '' && usedToken() === token)
const showNext = () => {
  if (next) next.hidden = false
}
const showDone = () => {
  form.remove()
  showNext()
  message.textContent = form.dataset.done
}
const send = async () => {
  const wasSent = history.state?.sent
  history.replaceState({ sent: true }, '')
  const fields = [...new FormData(form)].filter(([, value]) => value !== '')
  const given = Object.fromEntries(fields)
  if (given.resetPassword) given.resetPassword = true
  const body = JSON.stringify({ token, ...given })
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(form.dataset.to, { method: 'POST', headers, body, keepalive: true })
  if (response.ok) {
    keepUsedToken()
    history.replaceState({ done: true }, '', location.pathname + location.search)
    return form.dataset.done
  }
  const { code, errors, detail, title } = await response.json()
  const isUsed = code === 'invalid_token'
  if (response.status < 500) history.replaceState({ sent: isUsed && wasSent }, '')
  if (!isUsed) return texts.problems[code] ?? errors?.[0]?.message ?? detail ?? title
  showNext()
  return wasSent ? texts.unsure : texts.expired
}

if (username && link.has('username')) {
  username.value = link.get('username')
  username.disabled = false
  username.parentNode.hidden = false
}
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  if (isSending || isDone()) return
  isSending = true
  button.ariaDisabled = 'true'
  message.textContent = texts.wait
  const text = token === '' ? texts.expired : await send().catch(() => texts.unreachable)
  if (isDone()) showDone()
  else message.textContent = text
  button.ariaDisabled = 'false'
  isSending = false
})
addEventListener('storage', () => isDone() && showDone())
addEventListener('hashchange', () => location.reload())
if (isDone()) showDone()`

/**
 * Adds the pages. They are not part of the API: a front end may serve its own at these paths. The parameter
 * `lang` of a mail's link is the language of the mail. If it is absent or has no page, the browser's language decides.
 */
export function accountRecoveryPages(app: App, options: PageOptions): void {
  for (const [path, pageIn] of Object.entries(pages)) {
    const contents = Object.entries(pageTexts).map(([language, texts]) => {
      const page = pageIn(texts)
      const content = {
        title: page.title,
        body: toForm(page) + nextLink(texts, options),
        product: options.productName,
        language,
        script: scriptOf(texts),
      }
      return [language, content] as const
    })
    const inLanguage = new Map(contents)
    const languages = [...inLanguage.keys()]
    app.get(path, { schema: { hide: true }, config: { open: true } }, async (request, reply) => {
      const { lang } = request.query as { lang?: unknown }
      const language =
        (typeof lang === 'string' ? preferredLanguage(lang, languages) : undefined) ??
        preferredLanguage(request.headers['accept-language'], languages) ??
        preferredLanguage(options.defaultLanguage, languages) ??
        'en'
      const content = inLanguage.get(language)
      if (!content) throw new Error(`there is no page in ${language}`)
      return sendHtml(reply, content)
    })
  }
}

function nextLink({ next }: PageTexts, { productName, appUrl }: PageOptions): string {
  if (appUrl === undefined) return ''
  const text = next.replace('{product}', () => productName)
  return `\n<p id="next" hidden><a href="${escapeHtml(appUrl)}">${escapeHtml(text)}</a></p>`
}

function toForm({ title, body, button, to, done }: Page): string {
  return `<h1>${escapeHtml(title)}</h1>
<form data-to="${escapeHtml(to)}" data-done="${escapeHtml(done)}">
${body}
<p><button>${escapeHtml(button)}</button></p>
</form>
<p role="status"></p>`
}
