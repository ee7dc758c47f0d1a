/** What operators do: under which name, what an act promises, and beside it what became of it. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { operator, TokenNeeded } from '../api.ts'
import type { Context } from '../context.ts'
import type { Said } from '../state.ts'

/** The field for the name of the operator, once in a view. */
export function nameView(): TemplateResult {
  const keep = (event: Event) => operator.keepName((event.target as HTMLInputElement).value.trim())
  return html`<p class="filter"><label for="actor">Your name, which the audit list records</label>
    <input id="actor" maxlength="100" autocomplete="off" .value=${operator.name()} @input=${keep}></p>`
}

/** The header by which a request names its operator. */
export function actorHeader(): { 'Epistle-Actor': string } {
  return { 'Epistle-Actor': encodeURIComponent(operator.name()) }
}

/** The field in which the operator types a name, to confirm what cannot be undone. */
export function confirmationView(expected: string): TemplateResult {
  return html`<p><label for="confirmation">Type ${expected} to confirm</label>
      <input id="confirmation" name="confirmation" required autocomplete="off" autocapitalize="none" spellcheck="false"></p>`
}

/** Throws where the field has another text. `undone` says that nothing was done. */
export function requireConfirmation(values: FormData, expected: string, undone: string): void {
  if (String(values.get('confirmation')).trim() === expected) return
  document.getElementById('confirmation')?.focus()
  throw new Error(`${undone} Type ${expected} to confirm.`)
}

export interface Act {
  /** Unique in its view. */
  readonly name: string
  /** The heading, and the text of the button. */
  readonly title: string
  /** What it does, and what it does not. */
  readonly promise: string
  readonly fields?: TemplateResult
  /** Carries it out, and returns the sentence about its result. Its errors are sentences, too. */
  run(values: FormData): Promise<string>
}

/** Acts below each other. What became of an act that is no longer possible stands above them. */
export function actsView(context: Context, acts: readonly (Act | false)[]): TemplateResult {
  const { said } = context.store.get()
  const isBeside = acts.some((act) => act && act.name === said?.by)
  // Each act keeps its place, so a field keeps its text while another act appears or goes.
  return html`${said && !isBeside ? saidView(said) : nothing}
    <div class="acts">${acts.map((act) => (act ? actView(context, act) : nothing))}</div>`
}

function actView(context: Context, act: Act): TemplateResult {
  const { said } = context.store.get()
  const own = said?.by === act.name ? said : undefined
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    void perform(context, act, event.currentTarget as HTMLFormElement)
  }
  return html`<section class="act" aria-labelledby=${`act-${act.name}`}>
    <h3 id=${`act-${act.name}`}>${act.title}</h3><p>${act.promise}</p>
    <form class="filter" @submit=${submit}>${act.fields ?? nothing}
      <p><button aria-disabled=${own?.how === 'working'}>${act.title}</button></p></form>
    ${saidView(own)}</section>`
}

function saidView(said: Said | undefined): TemplateResult {
  const isFailed = said?.how === 'failed'
  return html`<p role="status">${isFailed ? nothing : said?.text}</p>
    <p role="alert" class="error">${isFailed ? said.text : nothing}</p>`
}

/** One act at a time: a second press does nothing until the first is answered. */
async function perform({ store, readAgain }: Context, act: Act, form: HTMLFormElement) {
  const { said, route } = store.get()
  if (said?.how === 'working') return
  const say = (how: Said['how'], text: string) => {
    if (store.get().route === route) store.set({ said: { by: act.name, how, text } })
  }
  if (operator.name() === '') {
    say('failed', 'Enter your name first.')
    return document.getElementById('actor')?.focus()
  }
  say('working', 'Working …')
  try {
    const text = await act.run(new FormData(form))
    form.reset()
    say('done', text)
  } catch (error) {
    if (error instanceof TokenNeeded) say('failed', 'The port needs its token again.')
    else say('failed', error instanceof Error ? error.message : String(error))
  }
  readAgain()
}
