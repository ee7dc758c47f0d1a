/**
 * The pages that links in mails open, for operators without a front end: each has one form. The token
 * follows the `#`, which browsers do not send, so no log contains it. Nothing happens until the user presses
 * the button, because mail scanners and other programs open links too.
 */

import type { App } from '../../platform/http/app.ts'
import { escapeHtml, sendHtml } from '../../platform/http/html.ts'

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
const usernameField = `<p hidden><label for="username">Username (you can change it now)</label>
<input id="username" name="username" autocomplete="username" minlength="3" maxlength="30"
pattern="[a-zA-Z0-9_.\\-]+" title="Letters, digits and _ . -" disabled></p>`

const pages: Readonly<Record<string, Page>> = {
  '/reset-password': {
    title: 'Set a new password',
    body: `${usernameField}
<p><label for="password">New password</label>
<input id="password" name="newPassword" type="password" autocomplete="new-password" required></p>`,
    button: 'Set password',
    to: 'password-resets/confirm',
    done: 'Your password was changed. Log in with the new password.',
  },
  '/verify-email': {
    title: 'Confirm your e-mail address',
    body: `<p>Press the button to confirm the address that received our e-mail.</p>
${usernameField}`,
    button: 'Confirm address',
    to: 'email-verifications',
    done: 'Your e-mail address is confirmed.',
  },
}

/** Shown in place of the problem's text, which mentions a token: the reader of a mail sees only a link. */
const expired = 'This link has expired or was already used. Request a new one.'
/** Shown when the link was used, perhaps by an attempt of this page whose response was lost. */
const unsure =
  'Your first attempt may have worked: try to log in. If that fails, request a new link.'

/**
 * A link works once, so the page keeps its first answer. While a request runs, it sends no other one. After
 * success, the entry in the browser's history and the local storage, which is the same in all tabs, show
 * the result at each reload, and the token leaves the address bar. A stored token is used up. `sent` in the
 * history means that a request got no answer, or that its page was left; it may have succeeded.
 */
const script = `const form = document.querySelector('form')
const button = document.querySelector('button')
const message = document.querySelector('[role=status]')
const username = document.querySelector('#username')
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
const showDone = () => {
  form.remove()
  message.textContent = form.dataset.done
}
const send = async () => {
  const wasSent = history.state?.sent
  history.replaceState({ sent: true }, '')
  const fields = [...new FormData(form)].filter(([, value]) => value !== '')
  const body = JSON.stringify({ token, ...Object.fromEntries(fields) })
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(form.dataset.to, { method: 'POST', headers, body, keepalive: true })
  if (response.ok) {
    keepUsedToken()
    history.replaceState({ done: true }, '', location.pathname)
    return form.dataset.done
  }
  const { code, errors, detail, title } = await response.json()
  const isUsed = code === 'invalid_token'
  if (response.status < 500) history.replaceState({ sent: isUsed && wasSent }, '')
  if (!isUsed) return errors?.[0]?.message ?? detail ?? title
  return wasSent ? '${unsure}' : '${expired}'
}

if (link.has('username')) {
  username.value = link.get('username')
  username.disabled = false
  username.parentNode.hidden = false
}
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  if (isSending || isDone()) return
  isSending = true
  button.ariaDisabled = 'true'
  message.textContent = 'Please wait …'
  const text = token === '' ? '${expired}' : await send().catch(() =>
    'The server cannot be reached. Check your connection and try again.')
  if (isDone()) showDone()
  else message.textContent = text
  button.ariaDisabled = 'false'
  isSending = false
})
addEventListener('storage', () => isDone() && showDone())
addEventListener('hashchange', () => location.reload())
if (isDone()) showDone()`

/** Adds the pages. They are not part of the API: a front end may serve its own at these paths. */
export function accountRecoveryPages(app: App): void {
  for (const [path, page] of Object.entries(pages)) {
    const content = { title: page.title, body: toForm(page), script }
    app.get(path, { schema: { hide: true }, config: { open: true } }, async (_request, reply) =>
      sendHtml(reply, content),
    )
  }
}

function toForm({ title, body, button, to, done }: Page): string {
  return `<h1>${escapeHtml(title)}</h1>
<form data-to="${escapeHtml(to)}" data-done="${escapeHtml(done)}">
${body}
<p><button>${escapeHtml(button)}</button></p>
</form>
<p role="status"></p>`
}
