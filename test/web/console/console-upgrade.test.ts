// A release is installed while users write, watched in the Matrix and Upgrade views. Skipped where no Chromium is installed.
import type { Page } from 'playwright-core'
import t from 'tap'
import { install } from '../../../src/platform/read-models/install/install.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { openConsole } from '../../support/console-windows.ts'
import { administered } from '../../support/http/admin.ts'
import { connect } from '../../support/installed.ts'
import { damagedTables } from '../../support/read-models/agreement.ts'
import { copyReleases } from '../../support/read-models/copied-releases.ts'
import { destroyConnection } from '../../support/read-models/cut-off.ts'
import { eventTypes } from '../../support/read-models/event-types.ts'
import { displayNames } from '../../support/read-models/example-releases/display-names.ts'
import { registerMany } from '../../support/read-models/many-users.ts'
import { until } from '../../support/until.ts'

needChromium(t)

const [{ url, arrive, owner, databaseUrl }, browser, releases] = await Promise.all([
  administered(t),
  startChromium(t),
  copyReleases(t),
])
const n = releases.next
const others = await eventTypes(owner, /^(user_registered|password_changed)_/)
await releases.add(displayNames(n, others))
const ada = await arrive('ada')
const bob = await arrive('bob')
// So many that a build at this rate takes several times as long as the console waits between two readings.
await registerMany(owner, 4_000)
const maxRate = 500
/** Requests at a time. */
const senders = 4

/** Sends messages until `stop`, which returns how many. */
function writeOn() {
  let isWriting = true
  let sent = 0
  const write = async () => {
    while (isWriting) {
      const body = { to: bob.user.id, content: `message ${sent}` }
      const { response } = await ada.client.POST('/messages', { body })
      if (response.status !== 201) throw new Error(`a message got ${response.status}`)
      sent += 1
    }
  }
  const running = Array.from({ length: senders }, write)
  const stop = async () => {
    isWriting = false
    await Promise.all(running)
    return sent
  }
  return { stop }
}

/** How many cells of a column that is being built are not filled, at three moments that differ. */
async function filling(page: Page): Promise<number[]> {
  const seen: number[] = []
  const look = `document.querySelector('th.building progress') && document.querySelectorAll('.cell.pending').length`
  while (seen.length < 3) {
    const last = seen.at(-1) ?? Number.POSITIVE_INFINITY
    const pending = await until(`fewer than ${last} cells are not filled`, async () => {
      const found = (await page.evaluate(look)) as number | null
      return found !== null && found < last ? found : undefined
    })
    seen.push(pending)
  }
  return seen
}

const silent = { directory: releases.directory, say: () => undefined }

/** An install that dies in the middle of its build, so the column stays as full as it is. */
async function dyingInstall(): Promise<void> {
  const client = await connect(t, databaseUrl)
  const showProgress = () => ({ update: () => destroyConnection(client), end: () => undefined })
  await install({ client, ...silent, maxRate: 8, showProgress })
}

t.test(
  'An install under load fills a column of the Matrix, and Upgrade names the next step',
  async (t) => {
    const writing = writeOn()
    t.teardown(() => writing.stop())
    const matrix = await openConsole(t, browser, url, { path: '/matrix' })
    const upgrade = await openConsole(t, browser, url, { path: '/upgrade' })
    await upgrade.page.getByText('No step is left. All is up to date.').waitFor()
    const cell = matrix.page.getByRole('button', {
      name: `user_registered_1 in users_${n}: up`,
    })
    await matrix.page.getByRole('button', { name: /^user_registered_1 in users_2/ }).waitFor()
    t.equal(await cell.count(), 0)

    await t.rejects(dyingInstall())
    const progress = `users_${n} is being built`
    await matrix.page.getByRole('progressbar', { name: progress }).waitFor()
    await cell.waitFor()
    t.match(await cell.getAttribute('class'), 'pending')
    await upgrade.page.getByText('Next step: install').waitFor()
    await upgrade.page.getByText(/If no install is running, run epistle install again\./).waitFor()

    const installing = install({ client: await connect(t, databaseUrl), ...silent, maxRate })
    t.equal((await filling(matrix.page)).length, 3)
    await installing
    await matrix.page.getByRole('progressbar', { name: progress }).waitFor({ state: 'detached' })
    t.equal(await matrix.page.locator('.cell.pending').count(), 0)
    await cell.hover()
    await matrix.page.locator('#chain').getByText(`→ users_${n}`).waitFor()
    await upgrade.page.getByText('Next step: deploy').waitFor()
    await upgrade.page.getByText('This step is about servers and workers').waitFor()
    await upgrade.page.locator('.obstacles').getByText(`The database has release ${n}`).waitFor()
    t.ok((await writing.stop()) > 0, 'messages were sent')
    t.strictSame(await damagedTables(owner, releases.directory), [])
    t.strictSame([...matrix.faults, ...upgrade.faults], [])
  },
)
