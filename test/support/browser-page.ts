// What a person does with a page, by the keyboard alone where it says so, and what axe-core finds on it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Moves the focus by Tab until it is on the element with this name, as a person without a mouse does. */
async function tabTo(page: Page, name: string): Promise<void> {
  const named = `(() => { const e = document.activeElement; return [e?.ariaLabel, e?.labels?.[0]?.textContent,
    e?.textContent].some((text) => text?.trim() === (${JSON.stringify(name)})) })()`
  for (let presses = 0; presses < 60; presses += 1) {
    if (await page.evaluate(named)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no element that Tab reaches is called ${name}`)
}

export async function type(page: Page, field: string, text: string): Promise<void> {
  await tabTo(page, field)
  await page.keyboard.type(text)
}

export async function press(page: Page, name: string): Promise<void> {
  await tabTo(page, name)
  await page.keyboard.press('Enter')
}

export const texts = (page: Page) => page.locator('.messages .text').allTextContents()
export const shows = (page: Page, text: string) =>
  page.getByText(text, { exact: true }).first().waitFor()

/** The violations that axe-core finds on the screen, as texts. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations: found } = await page.evaluate<{
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[]
  }>('axe.run()')
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
  )
}

export async function refuse(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button }).click()
  await page.locator('[aria-invalid=true]').first().waitFor()
}

export async function go(page: Page, hash: string, heading: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
  await page.getByRole('heading', { name: heading }).first().waitFor()
}
