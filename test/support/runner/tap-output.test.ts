// Counting from TAP: a test that asserts nothing is found and counted as failed.
import t from 'tap'
import { countTests } from './tap-output.ts'

const commentsOnly = `TAP version 14
# Subtest: only comments
    # nothing is asserted
    # really
    1..0
ok 1 - only comments # time=12.6ms
# Subtest: outer
    # Subtest: inner comments
        # a comment
        1..0
    ok 1 - inner comments # time=1.3ms
    ok 2 - y
    1..2
ok 2 - outer # time=6.3ms
# Subtest: comments and a nested test
    # a comment
    # Subtest: nested
        ok 1 - z
        1..1
    ok 1 - nested # time=1.4ms
    1..1
ok 3 - comments and a nested test # time=3.3ms
1..3
# { total: 4, pass: 4 }
`

t.test('A test that only comments counts as failed', async (t) => {
  t.same(countTests(commentsOnly), {
    passed: 2,
    failed: 2,
    skipped: 0,
    empty: ['only comments', 'inner comments'],
  })
})

t.test('A file that broke off has no counts', async (t) => {
  t.equal(countTests('TAP version 14\n# Subtest: one\n    ok 1 - x\n'), null)
})
