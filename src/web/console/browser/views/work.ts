/** *Work*: the tasks that are due, those that failed, and what an operator can do with these. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { dataOf, operator } from '../api.ts'
import type { Context } from '../context.ts'
import type { Schemas } from '../state.ts'
import { actorHeader, nameView } from './acting.ts'
import { headingView, linkView, loadingView, tableView, timeView } from './parts.ts'

type Failed = Schemas['FailedTask']

export function workView(context: Context): TemplateResult {
  const { tasks } = context.store.get()
  if (!tasks) return html`${headingView('Work')}${loadingView}`
  return html`${headingView('Work')}
    <h2>Due tasks</h2>${backlogView(tasks.backlog)}
    <h2>Failed tasks</h2>${tasks.items.length > 0 ? nameView() : nothing}
    <div class="tasks">${tasks.items.map((task) => taskView(context, task))}</div>
    ${tasks.items.length === 0 ? html`<p class="quiet">No task has failed.</p>` : nothing}`
}

function backlogView(backlog: readonly Schemas['Backlog'][]): TemplateResult {
  const rows = backlog.map(({ process, waiting, failing, givenUp, oldest }) => [
    ...[process, waiting, failing, givenUp],
    timeView(oldest),
  ])
  const columns = ['Process', 'Waiting', 'Failing', 'Given up', 'Oldest']
  return tableView('Due tasks', columns, rows, 'No task is due.')
}

function taskView(context: Context, task: Failed): TemplateResult {
  const { id, process, cause, askedAt, attempts, retryAt, lastError } = task
  const drop = (event: Event) => {
    event.preventDefault()
    void act(context, 'drop', id)
  }
  return html`<section aria-label=${`${process}, ${id}`} class="task">
    <p><strong>${process}</strong>, requested ${timeView(askedAt)}, attempts: ${attempts}.
      ${retryAt === null ? 'Given up.' : html`Next attempt ${timeView(retryAt)}.`}
      ${cause === null ? nothing : linkView(context, { view: 'event', key: cause }, 'The event that caused it')}</p>
    <p class="error">${lastError ?? nothing}</p>
    <p><button @click=${() => act(context, 'retry', id)}>Retry now</button></p>
    <details><summary>Drop the task</summary>
      <form class="filter" @submit=${drop}>
        <p><label for=${`drop-${id}`}>A dropped task never runs. Type ${process} to confirm.</label>
          <input id=${`drop-${id}`} required pattern=${process} title=${process} autocomplete="off"></p>
        <p><button>Drop</button></p></form></details></section>`
}

/** Does it in the name of the operator, and reads the tasks again. */
async function act({ store, api, readAgain }: Context, verb: 'retry' | 'drop', id: string) {
  if (operator.name() === '') {
    store.set({ notice: 'Enter your name first.' })
    return document.getElementById('actor')?.focus()
  }
  try {
    const options = { params: { header: actorHeader() }, body: { ids: [id] } }
    const { changed } = await dataOf(api.POST(`/tasks/${verb}`, options))
    const done = verb === 'retry' ? 'The task is due now.' : 'The task was dropped.'
    store.set({ notice: changed.length > 0 ? done : 'The task no longer exists.' })
  } catch (error) {
    store.set({ notice: error instanceof Error ? error.message : String(error) })
  }
  readAgain()
}
