/** One conversation: its messages, what can be done with them, and the field to write. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import type { Schemas } from '../../../../../openapi/client.ts'
import { setBlocked } from '../account.ts'
import type { Context } from '../api.ts'
import { drafts } from '../drafts.ts'
import { submission } from '../forms.ts'
import { loadOlder } from '../live.ts'
import { resend, send } from '../outbox.ts'
import { type Editing, nameOf } from '../state.ts'
import { errorAt, textOf } from '../texts.ts'
import { emptyThread, type Pending, shownOf } from '../threads.ts'
import { remove, saveEdit, stopEditing } from '../writing.ts'
import { backView, headingView, timeView } from './parts.ts'
import { reportButton, reportForm } from './report.ts'

export function conversationView(context: Context, id: string): TemplateResult {
  const { threads, user } = context.store.get()
  const thread = threads[id] ?? emptyThread
  const name = nameOf(context.store.get(), id) ?? '…'
  const { pending, nextCursor } = thread
  const messages = shownOf(thread)
  const lastRead = messages.findLast((one) => one.from === user?.id && one.readAt)?.id
  return html`<header>${backView}${headingView(name)}${blockView(context, id)}</header>
    <div class="messages" id="messages" tabindex="0" role="group" aria-label=${`Messages with ${name}`}>
      ${
        nextCursor
          ? html`<button class="quiet" @click=${() => loadOlder(context, id)}>Older messages</button>`
          : nothing
      }
      ${
        thread.isLoaded && messages.length + pending.length === 0
          ? html`<p class="empty">No messages yet.</p>`
          : nothing
      }
      <ol>
        ${repeat(messages, keyOf, (one) => messageView(context, one, lastRead))}
        ${repeat(pending, keyOf, (one) => pendingView(context, id, one))}
      </ol>
    </div>
    ${repeat([id], String, () => composerView(context, id))}`
}

const keyOf = (one: Pending | Schemas['Message']) => ('id' in one ? one.id : one.clientId)

function blockView(context: Context, id: string): TemplateResult | typeof nothing {
  const { conversations, user } = context.store.get()
  const isBlocked = conversations.byId[id]?.blocked.value ?? false
  if (id === user?.id) return nothing
  const toggle = () => setBlocked(context, id, !isBlocked)
  return html`<button class="quiet" @click=${toggle}>${isBlocked ? 'Unblock' : 'Block'}</button>`
}

function messageView(context: Context, message: Schemas['Message'], lastRead?: string) {
  const { user, editing } = context.store.get()
  const isOwn = message.from === user?.id
  const { readAt } = message
  if (editing?.id === message.id) return html`<li class="own">${editView(context, editing)}</li>`
  return html`<li class=${isOwn ? 'own' : 'other'} data-id=${message.id}>
    <p class=${message.deletedAt ? 'text deleted' : 'text'} dir="auto">${message.content ?? 'Message deleted'}</p>
    <p class="meta">
      ${isOwn && !message.deletedAt ? actionsView(context, message) : nothing}
      <span class="hidden">${isOwn ? 'You' : 'They'}, </span>${timeView(message.sentAt, true)}
      ${message.editedAt && !message.deletedAt ? '· edited' : nothing}
      ${readAt && message.id === lastRead ? html`<span class="read">· read ${timeView(readAt, true)}</span>` : nothing}
      ${isOwn || message.deletedAt ? nothing : reportButton(context, message)}
    </p>
    ${reportForm(context, message.id)}</li>`
}

function actionsView(context: Context, message: Schemas['Message']): TemplateResult {
  const { id, version, content } = message
  const start = (content ?? '').slice(0, 40)
  const begin = () => {
    context.store.set({ editing: { id, version, content: content ?? '' }, form: undefined })
    setTimeout(() => document.getElementById('edited')?.focus())
  }
  return html`<span class="actions">
    <button class="quiet" aria-label=${`Edit: ${start}`} @click=${begin}>Edit</button>
    <button class="quiet" aria-label=${`Delete: ${start}`} @click=${() => remove(context, id)}>Delete</button>
  </span>`
}

function editView(context: Context, { content, theirs }: Editing): TemplateResult {
  const { form } = context.store.get()
  const problem = form?.name === 'edit' ? form.problem : undefined
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape') stopEditing(context)
    else submitOnEnter(event)
  }
  const run = ({ edited = '' }) => saveEdit(context, edited)
  return html`<form class="edit" @submit=${submission(context.store, 'edit', run)}>
    <label class="hidden" for="edited">New text</label>
    <textarea id="edited" name="edited" rows="2" dir="auto" .value=${content} @keydown=${keys}></textarea>
    <p class="error" role="alert">${problem ? (errorAt(problem, 'content') ?? textOf(problem)) : nothing}</p>
    <div role="alert">${theirs === undefined ? nothing : conflictView(theirs)}</div>
    <p><button class="primary">${theirs === undefined ? 'Save' : 'Replace'}</button>
      <button type="button" class="quiet" @click=${() => stopEditing(context)}>Cancel</button></p>
  </form>`
}

function conflictView(theirs: string): TemplateResult {
  return html`<p class="error">You changed this message elsewhere. It is now:</p>
    <blockquote dir="auto">${theirs}</blockquote>
    <p class="hint">Your text above is not saved yet. Replace the message with it, or cancel.</p>`
}

function pendingView(context: Context, id: string, pending: Pending): TemplateResult {
  const { clientId, content, refusal } = pending
  const drop = () => context.store.dispatch({ type: 'dropped', id, clientId })
  return html`<li class="own pending">
    <p class="text" dir="auto">${content}</p>
    ${
      refusal === undefined
        ? html`<p class="meta">Sending …</p>`
        : html`<p class="error" role="alert">Not sent: ${refusal}</p><p class="meta">
        <button class="quiet" @click=${() => resend(context, id, clientId)}>Send again</button>
        <button class="quiet" @click=${drop}>Remove</button></p>`
    }
  </li>`
}

function composerView(context: Context, id: string): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const content = String(new FormData(form).get('content') ?? '')
    if (content.trim() === '') return
    send(context, id, content)
    drafts.keep(id, '')
    form.reset()
    form.querySelector('textarea')?.focus()
  }
  const keep = ({ target }: InputEvent) => drafts.keep(id, (target as HTMLTextAreaElement).value)
  const max = context.store.get().settings?.message.maxLength ?? 10_000
  return html`<form class="composer" @submit=${submit}>
    <label class="hidden" for="content">Message</label>
    <textarea id="content" name="content" rows="2" dir="auto" maxlength=${max} placeholder="Write a message"
      .defaultValue=${drafts.of(id)} @input=${keep}
      @keydown=${submitOnEnter}></textarea>
    <button class="primary">Send</button>
  </form>`
}

/** Enter sends, Shift and Enter begin a line. While a word is composed, Enter belongs to its input method. */
function submitOnEnter(event: KeyboardEvent): void {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  ;(event.target as HTMLTextAreaElement).form?.requestSubmit()
}
