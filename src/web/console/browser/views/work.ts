/** *Work*: the tasks that are due, those that failed, and what an operator can do with these. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { dataOf, operator } from '../api.ts'
import type { Context } from '../context.ts'
import { countOf } from '../rate.ts'
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
    ${retryAllView(context, tasks.backlog)}${shownView(tasks)}
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

/** A button for each process manager whose tasks failed, for the time after an outage. */
function retryAllView(context: Context, backlog: readonly Schemas['Backlog'][]): TemplateResult {
  const failed = backlog.filter((each) => failedOf(each) > 0)
  if (failed.length === 0) return html`${nothing}`
  return html`<ul class="tasks">${failed.map(
    (each) => html`<li>${each.process}: ${countOf(failedOf(each), 'failed task')}
      <button aria-label=${`Retry all failed tasks of ${each.process}`}
        @click=${() => act(context, 'retry', { all: true, process: each.process })}>Retry all failed tasks</button></li>`,
  )}</ul>`
}

function failedOf({ failing, givenUp }: Schemas['Backlog']): number {
  return failing + givenUp
}

/** How many of the failed tasks the list has, where it has not all of them. */
function shownView({ backlog, items }: Schemas['Tasks']): TemplateResult {
  const all = backlog.reduce((sum, each) => sum + failedOf(each), 0)
  if (all <= items.length) return html`${nothing}`
  return html`<p>The oldest ${items.length} of ${countOf(all, 'failed task')} are shown.</p>`
}

function taskView(context: Context, task: Failed): TemplateResult {
  const { id, process, cause, askedAt, attempts, retryAt, lastError } = task
  const drop = (event: Event) => {
    event.preventDefault()
    void act(context, 'drop', { ids: [id] })
  }
  return html`<section aria-label=${`${process}, ${id}`} class="task">
    <p><strong>${process}</strong>, requested ${timeView(askedAt)}, attempts: ${attempts}.
      ${retryAt === null ? 'Given up.' : html`Next attempt ${timeView(retryAt)}.`}
      ${cause === null ? nothing : linkView(context, { view: 'event', key: cause }, 'The event that caused it')}</p>
    <p class="error">${lastError ?? nothing}</p>
    <p><button @click=${() => act(context, 'retry', { ids: [id] })}>Retry now</button></p>
    <details><summary>Drop the task</summary>
      <form class="filter" @submit=${drop}>
        <p><label for=${`drop-${id}`}>A dropped task never runs. Type ${process} to confirm.</label>
          <input id=${`drop-${id}`} required pattern=${process} title=${process} autocomplete="off"></p>
        <p><button>Drop</button></p></form></details></section>`
}

type Choice = { ids: string[] } | { all: true; process: string }

/** Does it in the name of the operator, and reads the tasks again. */
async function act({ store, api, readAgain }: Context, verb: 'retry' | 'drop', choice: Choice) {
  if (operator.name() === '') {
    store.set({ notice: 'Enter your name first.' })
    return document.getElementById('actor')?.focus()
  }
  try {
    const options = { params: { header: actorHeader() }, body: choice }
    const { count } = await dataOf(api.POST(`/tasks/${verb}`, options))
    store.set({ notice: doneSentence(verb, count) })
  } catch (error) {
    store.set({ notice: error instanceof Error ? error.message : String(error) })
  }
  readAgain()
}

function doneSentence(verb: 'retry' | 'drop', count: number): string {
  if (count === 0)
    return 'No task was changed: none with this choice has failed, or a worker is running it.'
  if (verb === 'drop') return 'The task was dropped.'
  return count === 1 ? 'The task is due now.' : `${countOf(count, 'task')} are due now.`
}
