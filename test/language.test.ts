// Plain English in every sentence that a user, operator or reader meets: words and constructions that made
// earlier texts hard to read are refused. The list grows when a reader stumbles over another one.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { problems } from '../src/platform/http/problems/catalogue.ts'
import { readHelp } from './support/command-help.ts'
import { served } from './support/http/served.ts'
import { checkout } from './support/markdown.ts'
import { epistle, finished } from './support/service.ts'

interface Rule {
  readonly pattern: RegExp
  readonly advice: string
}

const rules: readonly Rule[] = [
  { pattern: /\b(?:he|him|his|himself)\b/i, advice: 'write "they", or name the role' },
  { pattern: /\bwho(?:m|se)?ever\b/i, advice: 'name the role: the client, the user, the worker' },
  { pattern: /\bwhose who\b|\bsome(?:body|one) who\b/i, advice: 'name the role' },
  { pattern: /\b(?:no|any|some|every)body\b/i, advice: 'name the role: no client, every user' },
  {
    pattern: /\b(?:anew|thrice|alike|told|lest|for ever)\b/i,
    advice: 'write "again", "the same", "reported"',
  },
  { pattern: /\b(?:hence|whence|thereby|wherefore)\b/i, advice: 'write "so", "from", "by this"' },
  {
    pattern: /\b(?:the own|not any more|in vain)\b/i,
    advice: 'write "your", "no longer", "failed"',
  },
  { pattern: /\b(?:mend(?:s|ed|ing)?|dear(?:er|est)?)\b/i, advice: 'write "repair", "costly"' },
  { pattern: /\b(?:tells|of ours)\b/i, advice: 'write "returns", "reports"; "our own"' },
  {
    pattern: /\bhand(?:s|ed) (?:\w+ ){0,3}on\b/i,
    advice: 'write "pass on", "return", "yield"',
  },
  {
    pattern: /^ *(?:\/\/|\/?\*+) .*(?<!\\)\\`/,
    advice: 'a backtick in a comment needs no backslash',
  },
  {
    pattern:
      /(?:[.!?:] |\/\/ |\* |-- |^# |['"`])(?:Who|Whose|Whom) (?:[a-z`'-]+ )*?[a-z]+\b(?![^.]*\?)/m,
    advice: 'begin the sentence with the thing that acts, not with "Who"',
  },
]

/** Kinds of places, each with the tracked files that hold its sentences. */
const kinds: Readonly<Record<string, RegExp>> = {
  documents: /\.md$/,
  'the OpenAPI documents': /^openapi\/(?:openapi|admin)\.json$/,
  'settings and deployment files':
    /^(?:\.env\.example|Dockerfile|docker-compose\.yml|biome\.json|deploy\/.+)$/,
  'source code: comments, problems, help, mails, pages': /^(?:src|openapi|db)\/.*(?<!types)\.ts$/,
  'mails in English': /^src\/.*\/letters\/en\/.*\.txt$/,
  'SQL: comments and messages': /^db\/.*\.sql$/,
  'tests: titles, comments and messages': /^test\/(?!language\.test).*\.ts$/,
}

const { stdout } = await promisify(execFile)('git', ['ls-files'], { cwd: checkout })
const files = stdout.trim().split('\n')

/** The sentences that break a rule, with their lines. Names in quotes and e-mail addresses may contain any word. */
function offences(text: string): string[] {
  const prose = text
    .replace(/(['"`])(?:no|any|some|every)body\1/gi, "''")
    .replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)*/g, 'address')
  return prose
    .split('\n')
    .flatMap((line, index) =>
      rules
        .filter(({ pattern }) => pattern.test(line))
        .map(({ advice }) => `line ${index + 1}: ${line.trim().slice(0, 120)} (${advice})`),
    )
}

t.test(
  'Each rule of plain English refuses its examples, and none refuses a plain sentence',
  async (t) => {
    const examples = [
      'The user changed his password.',
      '-- Whoever writes here holds the lock.',
      'a name is whose who asked first',
      'Somebody else has it.',
      'The table is made anew.',
      'It is new, hence empty.',
      "summary: 'The own profile'",
      'a rebuild mends the table',
      'The log tells when it happened.',
      'The leader hands each event on.',
      '// A replaced \\`fetch\\` may ignore it.',
      '// Who asks again gets the same response.',
    ]
    t.equal(examples.length, rules.length)
    for (const [index, example] of examples.entries()) {
      t.ok(rules[index]?.pattern.test(example), example)
    }
    t.strictSame(offences("const owner = 'nobody' // mail to anybody@example.org"), [])
    t.strictSame(offences('A user can read their own messages.'), [])
  },
)

for (const [kind, pattern] of Object.entries(kinds)) {
  t.test(`Plain English holds in ${kind}`, async (t) => {
    const chosen = files.filter((file) => pattern.test(file))
    t.not(chosen.length, 0, 'there are such files')
    const found = await Promise.all(
      chosen.map(async (file) =>
        offences(await readFile(join(checkout, file), 'utf8')).map((each) => `${file}, ${each}`),
      ),
    )
    t.strictSame(found.flat(), [])
  })
}

t.test('Plain English holds in the output of every command-line verb', async (t) => {
  const overview = await finished(epistle(t, ['--help']))
  const help = await readHelp()
  t.ok(help.size >= 9, 'all verbs have a help')
  for (const text of [overview.stdout, ...help.values()]) t.strictSame(offences(text), [])
})

t.test('Plain English holds in every HTML page', async (t) => {
  const { send } = await served(t)
  const problemPages = Object.keys(problems).map((code) => `/problems/${code}`)
  for (const page of ['/', '/problems', '/reset-password', '/verify-email', ...problemPages]) {
    const response = await send(page, { headers: { accept: 'text/html' } })
    t.equal(response.status, 200, page)
    t.strictSame(offences(await response.text()), [], page)
  }
})

t.test('Every test title names its subject', async (t) => {
  const pronoun =
    /^(?:it|its|they|them|so|and|but|also|then|that|these|those|who|whose|whom|what|there|nothing|none)\b/i
  const nameless: string[] = []
  for (const file of files.filter((name) => name.endsWith('.test.ts'))) {
    const text = await readFile(join(checkout, file), 'utf8')
    for (const [, , title = ''] of text.matchAll(/\bt\.test\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs)) {
      if (pronoun.test(title)) nameless.push(`${file}: ${title}`)
    }
  }
  t.strictSame(nameless, [])
})
