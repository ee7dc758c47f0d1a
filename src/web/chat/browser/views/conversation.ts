/** One conversation: its messages, what can be done with them, and the field to write. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import type { Schemas } from '../../../../../openapi/client.ts'
import { setBlocked } from '../account.ts'
import type { Context } from '../api.ts'
import { submission, textOf } from '../forms.ts'
import { loadOlder, refreshConversations } from '../live.ts'
import { resend, send } from '../outbox.ts'
import { emptyThread } from '../state.ts'
import type { Pending, Thread } from '../threads.ts'
import { edit, remove, stopEditing } from '../writing.ts'
import { backView, headingView, timeView } from './parts.ts'

export function conversationView(context: Context, id: string): TemplateResult {
  const { threads, names } = context.store.get()
  const thread = threads[id] ?? emptyThread
  const name = names[id] ?? '…'
  const { messages, pending, nextCursor } = thread
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
        ${repeat(messages, keyOf, (one) => messageView(context, thread, one))}
        ${repeat(pending, keyOf, (one) => pendingView(context, id, one))}
      </ol>
    </div>
    ${repeat([id], String, () => composerView(context, id))}`
}

const keyOf = (one: Pending | Schemas['Message']) => ('id' in one ? one.id : one.clientId)

function blockView(context: Context, id: string): TemplateResult | typeof nothing {
  const { conversations, user } = context.store.get()
  const isBlocked = conversations?.find((one) => one.with.id === id)?.blocked ?? false
  if (id === user?.id) return nothing
  const toggle = async () => {
    const { problem } = await setBlocked(context, id, !isBlocked)
    if (problem) context.store.set({ announcement: textOf(problem) })
    refreshConversations(context)
  }
  return html`<button class="quiet" @click=${toggle}>${isBlocked ? 'Unblock' : 'Block'}</button>`
}

function messageView(context: Context, thread: Thread, message: Schemas['Message']) {
  const { user, editing } = context.store.get()
  const isOwn = message.from === user?.id
  if (editing === message.id) return html`<li class="own">${editView(context, message)}</li>`
  const lastRead = thread.messages.findLast((one) => one.from === user?.id && one.readAt)
  return html`<li class=${isOwn ? 'own' : 'other'} data-id=${message.id}>
    <p class=${message.deletedAt ? 'text deleted' : 'text'}>${message.content ?? 'Message deleted'}</p>
    <p class="meta">
      ${isOwn && !message.deletedAt ? actionsView(context, message) : nothing}
      <span class="hidden">${isOwn ? 'You' : 'They'}, </span>${timeView(message.sentAt)}
      ${message.editedAt && !message.deletedAt ? 'edited' : nothing}
      ${message === lastRead ? html`<span class="read">Read</span>` : nothing}
    </p></li>`
}

function actionsView(context: Context, { id, content }: Schemas['Message']): TemplateResult {
  const start = (content ?? '').slice(0, 40)
  const begin = () => {
    context.store.set({ editing: id })
    setTimeout(() => document.getElementById('edited')?.focus())
  }
  return html`<span class="actions">
    <button class="quiet" aria-label=${`Edit: ${start}`} @click=${begin}>Edit</button>
    <button class="quiet" aria-label=${`Delete: ${start}`} @click=${() => remove(context, id)}>Delete</button>
  </span>`
}

function editView(context: Context, { id, content }: Schemas['Message']): TemplateResult {
  const { form } = context.store.get()
  const problem = form?.name === 'edit' ? form.problem : undefined
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape') stopEditing(context)
    else submitOnEnter(event)
  }
  const run = ({ edited = '' }) => edit(context, id, edited)
  return html`<form class="edit" @submit=${submission(context.store, 'edit', run)}>
    <label class="hidden" for="edited">New text</label>
    <textarea id="edited" name="edited" rows="2" .value=${content ?? ''} @keydown=${keys}></textarea>
    <p class="error" role="alert">${problem ? textOf(problem) : nothing}</p>
    <p><button class="primary">Save</button>
      <button type="button" class="quiet" @click=${() => stopEditing(context)}>Cancel</button></p>
  </form>`
}

function pendingView(context: Context, id: string, pending: Pending): TemplateResult {
  const { clientId, content, refusal } = pending
  const drop = () => context.store.dispatch({ type: 'dropped', id, clientId })
  return html`<li class="own pending">
    <p class="text">${content}</p>
    ${
      refusal === undefined
        ? html`<p class="meta">Sending …</p>`
        : html`<p class="error" role="alert">Not sent: ${refusal}</p><p class="meta">
        <button class="quiet" @click=${() => resend(context, id, clientId)}>Send again</button>
        <button class="quiet" @click=${drop}>Remove</button></p>`
    }
  </li>`
}

/** What is written and not sent yet, by the id of the other user. */
const drafts = new Map<string, string>()

function composerView(context: Context, id: string): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const content = String(new FormData(form).get('content') ?? '')
    if (content.trim() === '') return
    send(context, id, content)
    drafts.delete(id)
    form.reset()
    form.querySelector('textarea')?.focus()
  }
  const keep = ({ target }: InputEvent) => drafts.set(id, (target as HTMLTextAreaElement).value)
  const max = context.store.get().settings?.message.maxLength ?? 10_000
  return html`<form class="composer" @submit=${submit}>
    <label class="hidden" for="content">Message</label>
    <textarea id="content" name="content" rows="2" maxlength=${max} placeholder="Write a message"
      .defaultValue=${drafts.get(id) ?? ''} @input=${keep}
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
