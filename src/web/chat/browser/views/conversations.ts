/** The list of conversations, and the two ways to find more: people and messages. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import type { Schemas } from '../../../../../openapi/client.ts'
import type { Context } from '../api.ts'
import { listed } from '../conversations.ts'
import { loadConversations } from '../live.ts'
import { nameOf, otherOf, type State } from '../state.ts'
import { findPeople, searchMessages } from '../writing.ts'
import { backView, formView, headingView, moreView, timeView } from './parts.ts'

export function conversationsView(context: Context): TemplateResult {
  const state = context.store.get()
  const { conversations, isOnline, route } = state
  const items = listed(conversations)
  const { name } = document.body.dataset
  return html`<nav class="list" aria-label="Conversations">
    <header>
      ${
        route.name === 'home'
          ? html`<h1 class="brand" id="heading" tabindex="-1">${name}</h1>`
          : html`<p class="brand">${name}</p>`
      }
      <a href="#/new">New</a> <a href="#/search">Search</a> <a href="#/settings">Settings</a>
    </header>
    <p class="offline" role="status">${isOnline ? nothing : 'Connecting …'}</p>
    ${
      conversations.isLoaded && items.length === 0
        ? html`<p class="empty">No conversations yet. <a href="#/new">Start one</a>.</p>`
        : nothing
    }
    <ul>${repeat(
      items,
      (one) => one.id,
      (one) => itemView(state, one),
    )}</ul>
    ${moreView(conversations.nextCursor, (before) => loadConversations(context, before))}
  </nav>`
}

function itemView(state: State, one: ReturnType<typeof listed>[number]): TemplateResult {
  const { id, last } = one
  const unread = one.unread.value
  const isOpen = state.route.name === 'conversation' && state.route.id === id
  const text = last.content ?? 'Message deleted'
  return html`<li><a href=${`#/with/${id}`} aria-current=${isOpen ? 'page' : 'false'}>
    <strong>${nameOf(state, id) ?? 'Unknown'}</strong> ${timeView(last.sentAt)}
    <span class="excerpt" dir="auto">${last.from === state.user?.id ? html`You: <bdi>${text}</bdi>` : text}</span>
    ${
      unread > 0
        ? html`<span class="badge">${unread}<span class="hidden"> unread</span></span>`
        : nothing
    }
  </a></li>`
}

export function newView(context: Context): TemplateResult {
  const { people = [] } = context.store.get()
  return html`<header>${backView}${headingView('New conversation')}</header>
    <div class="page">
    ${formView(context.store, {
      name: 'new',
      button: 'Find',
      fields: [{ name: 'username', label: 'The username begins with', type: 'search' }],
      run: ({ username = '' }) => findPeople(context, username),
    })}
    <ul class="results">${people.map(
      ({ id, username }) => html`<li><a href=${`#/with/${id}`}>${username}</a></li>`,
    )}</ul></div>`
}

export function searchView(context: Context): TemplateResult {
  const state = context.store.get()
  const hit = (message: Schemas['Message']) => {
    const other = otherOf(state, message)
    const name = nameOf(state, other) ?? 'Unknown'
    return html`<li><a href=${`#/with/${other}`}>
      <strong>${message.from === other ? name : `You to ${name}`}</strong> ${timeView(message.sentAt)}
      <span class="excerpt" dir="auto">${message.content}</span></a></li>`
  }
  return html`<header>${backView}${headingView('Search')}</header>
    <div class="page">
    ${formView(context.store, {
      name: 'search',
      button: 'Search',
      fields: [{ name: 'q', label: 'Words in your messages', type: 'search' }],
      run: ({ q = '' }) => searchMessages(context, q),
    })}
    <ul class="results">${(state.hits?.items ?? []).map(hit)}</ul>
    ${moreView(state.hits?.nextCursor, (before) => searchMessages(context, state.hits?.q ?? '', before))}
    </div>`
}
