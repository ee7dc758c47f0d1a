// What `epistle forget --apply` prints after it has erased the one user of a ledger again. The restore drill expects it,
// and test/cli/forget.test.ts checks it in every run of the tests.
export const appliedToOneUser =
  '1 user is erased, 0 were erased before, 0 are not in this database\n'
